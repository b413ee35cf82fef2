"""Programs that run around the site: real servers from wheels, and the production shape on one machine."""
