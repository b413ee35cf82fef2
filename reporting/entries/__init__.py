"""What is typed: entries saved and stored, the files that bear them out."""
