"""What targets ask for: whether it is realistic, other targets tried, a target changed, what was promised first."""
