"""Real web servers with the configurations that flowc writes, and what they answer."""
