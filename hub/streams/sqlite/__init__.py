"""The runtime over one SQLite file: the whole hub in one process (ADR 0002)."""
