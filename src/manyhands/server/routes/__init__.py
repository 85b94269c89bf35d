"""Routes by noun. A route reads, calls, returns. Paths are whole, as in the access table."""
