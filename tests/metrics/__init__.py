"""What processes show of themselves: all that the catalogue says, and nothing else."""
