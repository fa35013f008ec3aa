"""The command line `seintje` (interfaces, Command line): a file for each group of commands.

Exit codes: 0 done, 1 the answer is no, 2 wrong use or bad input, 3 something outside failed.
"""

from __future__ import annotations


def main() -> None:
    """What `seintje` and `python -m hub` start; ends the process."""
    import os
    import sys

    from hub.cli.app import run

    run(sys.argv[1:], os.environ)
