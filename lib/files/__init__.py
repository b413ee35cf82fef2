"""Files that people send or get."""
