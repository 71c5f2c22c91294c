"""Codes, findings, locations and the phrases of messages. Every package may import it; it imports none."""
