"""How fast flowc is, as ratios to other programs: ``python -m benchmarks``."""
