"""What happens to households: each module one strand of a life, told into a `Household`."""
