"""A reporting year: which one is open or shown, its quarters, where an open one would end."""
