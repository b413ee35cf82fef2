"""Recomputes: what is judged anew, in runs that processes share."""
