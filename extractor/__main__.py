"""The way in: from the first import on, Ctrl-C is one line and exit code 130."""

from __future__ import annotations

import sys


def entry() -> None:
    """Run the command line."""
    try:
        from extractor.cli import main

        main()
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. Nothing is lost: the same command goes on from here.\n")
        sys.exit(130)


if __name__ == "__main__":
    entry()
