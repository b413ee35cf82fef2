"""The pages on which a project is written, and their forms."""
