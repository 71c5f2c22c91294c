"""The order of the passes, the cache, and the processes that share the work."""
