"""The order of the passes, the cache of earlier builds, and parallel compilation."""
