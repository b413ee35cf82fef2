"""Figures within the year: entered, saved, sent and shown."""
