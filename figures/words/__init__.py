"""What pages say beside numbers: tested words and marks."""
