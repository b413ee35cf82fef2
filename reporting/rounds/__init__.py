"""A year's reporting as a whole: opened and closed, how far each unit is, how well it went."""
