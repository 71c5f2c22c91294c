"""Writes documents: elements, addresses, contracts, and the configuration of hosts."""
