"""A judgement in plain words. Pure."""
