"""The runtime on Kafka, behind the seam that the one on SQLite passes. Nothing lives here yet.

To come: the Faust app that hosts the workers, the shard whose transaction holds change log, emits
and offsets together, and the topics with their partition counts.
"""
