"""Generated flows and documents, property tests and fuzzers."""
