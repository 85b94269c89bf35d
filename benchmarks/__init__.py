"""One script per question; each prints a table. `python -m benchmarks.masks --help`."""
