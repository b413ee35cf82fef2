"""The city's rules between numbers: written, judged, kept."""
