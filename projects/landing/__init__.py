"""How many projects have landed, against what the plan promises."""
