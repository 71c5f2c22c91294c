"""The command line, and what editors, pre-commit, pytest and other programs get from it."""
