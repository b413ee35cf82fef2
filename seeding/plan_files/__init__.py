"""A plan file: read, checked, loaded, written out."""
