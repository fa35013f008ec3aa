"""The systems of parties, spoken to in their own words.

A connector turns what a system says into facts, or a notice into what a system takes. It knows
hub.domain, hub.wire and hub.outbound, and nothing else of the hub.
"""
