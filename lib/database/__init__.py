"""The one door to the driver of the database, and what is done faster through it."""
