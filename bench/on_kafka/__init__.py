"""What measurements on Kafka share: a broker of their own, topics, and how far a group has come.

The broker is the one of the tests (`tests.kafka.broker`): one node, a small heap, no replication,
on the same cores as what is measured.
"""
