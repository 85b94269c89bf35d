"""What runs in nnU-Net's own process: the only modules that import it.

`python -m manyhands.training.child` reads one task from its standard input, as a line of JSON, and
ends when the task is done, or when whoever started it has gone.
"""

from __future__ import annotations

import sys


def say(line: str) -> None:
    """Tell whoever started us."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
