"""The demonstration: invented, deterministic, through the actions that people use, marked on every row."""
