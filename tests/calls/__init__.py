"""Calls, played on what flowc writes: the simulator, scenarios, and what it asks servers."""
