"""A site from nothing: its steps, their pages, its units and logins."""
