"""A county's rows: what is short first, each with its track, and one of them drawn."""
