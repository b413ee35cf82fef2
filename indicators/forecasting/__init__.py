"""What a row will probably be in the final year: how it is learned, reckoned, graded and recorded."""
