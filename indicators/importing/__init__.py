"""The owner's official tables: read from files, previewed, taken in, undone."""
