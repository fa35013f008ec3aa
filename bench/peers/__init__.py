"""One job of three rules, written for each system that `python -m bench three_rules` compares.

All read the same topic of facts by household, keep state for each household with a change log, and
write an alert when a rule begins to hold. What each promises stands in `docs/benchmarks.md`.
"""
