"""Places, findings, severities and the words of messages. Every package may import it."""
