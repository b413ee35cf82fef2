"""What systems send to the writing API, read, checked and described."""
