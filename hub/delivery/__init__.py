"""Notices on their way to a party by webhook.

The decisions, without IO and without a clock: what a subscription sends next and what an answer
means (`subscription`, `outcome`, `backoff`), what is sent (`event`, `request`, `signatures`), and
whether the receiver wants it (`handshake`). Around them what reads, sends and keeps (`deliverer`,
`line`, `sender`, `shelf`). Every call out goes through hub.outbound.
"""
