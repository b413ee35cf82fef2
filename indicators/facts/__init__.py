"""What goes with facts in force: their notes, links to one version, values of an earlier plan's site."""
