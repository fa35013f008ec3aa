"""Systems of gemeenten: case systems, and those that are told of arrears."""
