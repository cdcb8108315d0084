"""Keeps the action items of postmortems and the issues of a tracker in step."""

__version__ = "0.1.0"
