"""A region of which every system speaks its own standard: three months of made-up life, told
through the connectors to a real hub, and looked at from all sides at the end
(docs/connectors/region.md)."""
