"""Notices to units: whose turn it is, what is due, what they are reminded of."""
