"""The program `manyhands`, also as `python -m manyhands`.

Apart from `manyhands.cli`, because somebody may press Ctrl-C while that loads.
"""

from __future__ import annotations

import sys


def start() -> None:
    """Load the command line and run it."""
    try:
        from manyhands.cli import main
    except KeyboardInterrupt:
        sys.stderr.write("manyhands: stopped before it began\n")
        sys.exit(130)
    main(prog_name="manyhands")


if __name__ == "__main__":
    start()
