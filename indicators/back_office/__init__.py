"""Forms and pages of the back office for what has versions; `indicators/admin.py` brings them in."""
