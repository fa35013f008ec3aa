"""Bytes and facts: what publishers send, what receivers read, and the schemas of both."""
