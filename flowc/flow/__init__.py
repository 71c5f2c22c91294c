"""The typed flow, its graph, and what reads it."""
