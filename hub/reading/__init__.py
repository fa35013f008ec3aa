"""The read model: what parties and operators ask, filled from what was emitted.

Tables of its own, written in the transaction of the emits, so that what is told and what can be
read never differ. It can be thrown away and filled again from the streams; nothing decides by it.
A file a noun: its table, how an emit changes it, and the questions it answers.
"""
