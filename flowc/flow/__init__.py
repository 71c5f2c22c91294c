"""The typed flow and its graph."""
