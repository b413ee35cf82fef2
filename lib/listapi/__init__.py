"""The lists of the API: declared, asked, written, described."""
