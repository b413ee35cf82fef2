"""What the overview's parts show."""
