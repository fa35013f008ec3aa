"""A second, naive implementation of the findings, to compare the engine with.

Written from the design text alone: it re-evaluates everything from scratch, knows the default
rules by heart and prefers looking at every instant to being clever. It shares no code with `hub`.
"""
