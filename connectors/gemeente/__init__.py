"""Case systems of gemeenten. Nothing lives here yet.

To come: the Notificaties API of ZGW, in as a subscriber and out as a publisher of notifications
that carry a link and no personal data.
"""
