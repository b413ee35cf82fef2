"""What the kernel judges, county × indicator × year, in and out of the database as arrays."""
