"""Flows and projects that many tests build."""
