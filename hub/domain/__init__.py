"""The pure core: no IO, no clock, no chance. `now` and every key come in as arguments."""
