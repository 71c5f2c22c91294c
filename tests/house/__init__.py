"""The repository itself: layers, measures, documentation, packages, commits."""
