"""The composition root: the one place that knows what talks to what, a file for each role.

`embedded` is a hub in one process; `worker`, `gateway` and `deliver` are roles of a hub on Kafka.
Nothing else in the house puts parts of different rooms together.
"""
