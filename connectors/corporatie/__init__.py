"""Systems of corporaties: housing systems, and whatever can drop a file."""
