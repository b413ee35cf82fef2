"""What a row of the plan means: where it applies, its parts, its targets, the day of a stage. Pure."""
