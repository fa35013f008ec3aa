"""HTTP in: events, receipts, alerts and acts on them, health (interfaces, HTTP).

What comes in is judged by intake and appended to the log; what goes out is read from the read
model. Nothing is decided here but who asks and whether the question can be understood.
"""
