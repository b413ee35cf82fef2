"""The catalogue's definitions: read from a row, given a next version, and the parts that the plan's context holds."""
