"""Flows and what flowc says of them, word for word."""
