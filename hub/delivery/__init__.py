"""Notices on their way to a party by webhook: the decisions, without IO and without a clock.

What a subscription sends next and what an answer means (`subscription`, `outcome`, `backoff`),
what is sent (`event`, `request`, `signatures`), and whether the receiver wants it (`handshake`). To
come: what reads, sends and stores. Every call out goes through hub.outbound.
"""
