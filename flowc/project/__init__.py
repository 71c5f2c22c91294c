"""Which files are read, with which variables and which settings."""
