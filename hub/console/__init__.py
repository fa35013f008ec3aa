"""Pages for people: what their organisation was told, and what they do about it.

Server-rendered HTML that works without JavaScript. Everything comes in by `console.Console`: this
room knows no database of the hub and no gateway. A page shows what the read model of one party
has, and nothing else; an act goes the way of any other fact.
"""
