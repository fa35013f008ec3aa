"""Notices on their way to a party. Nothing lives here yet.

To come: webhook subscriptions, signing after Standard Webhooks, the retry schedule, and parking
what a receiver refuses as a dead letter. Every call out goes through hub.outbound.
"""
