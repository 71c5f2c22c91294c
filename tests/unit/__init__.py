"""Single modules of flowc."""
