"""The systems of parties, spoken to in their own words.

A connector turns what a system says into facts, or a notice into what a system takes. It is a
program of its party (ADR 0022): it speaks to the hub through hub.client, knows hub.domain, hub.wire
and hub.outbound besides, and nothing else of the hub. What all of them have in common lies here,
what is of one system in `corporatie/`, `gemeente/` and `mail.py`; copy `template.py` for your own.
"""
