"""Pages for case workers, ops and the privacy officer. Nothing lives here yet.

To come: open alerts, the timeline of one household as far as the party may see it, acknowledging
and agreeing an approach, the reporting forms, templates and static files. Reads only hub.reading.
"""
