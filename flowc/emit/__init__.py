"""Documents as bytes: elements, addresses, contracts, and the configuration of hosts."""
