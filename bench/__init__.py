"""Measurements, each beside its floor and with the machine it ran on (`make bench`).

Never part of the tests: a figure is printed and read, not asserted.
"""
