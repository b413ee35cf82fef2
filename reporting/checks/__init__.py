"""What looks wrong in an entry, by itself and by how numbers have moved."""
