"""Seintje: the hub that lets a gemeente and its housing corporaties give each other a heads-up."""

__version__ = "0.1.0"
