"""Who a system is: keys, tokens and certificates, and what each proves of which party.

Knows credentials and the file of identities. What a request may do with them is decided in
`hub.gateway.auth`, and nowhere else.
"""
