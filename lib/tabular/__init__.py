"""Tables: read, typed and written, whatever their format."""
