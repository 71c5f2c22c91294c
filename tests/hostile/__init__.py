"""Input, servers, files and signals that mean harm or break things."""
