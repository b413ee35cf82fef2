"""What lies around every request."""
