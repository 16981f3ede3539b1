"""Resolve the dependencies anew and write `constraints.txt`.

One version for all supported Pythons and systems: the file holds versions and
nothing else, so that it serves uv and pip alike wherever packages come from.
"""

import re
import subprocess
import sys
from pathlib import Path

OLDEST_PYTHON = "3.11"


def main() -> int:
    """Write the constraints file; complain when one version does not fit all Pythons."""
    uv = Path(sys.executable).with_name("uv")
    command = (
        f"{uv} pip compile pyproject.toml --all-extras --upgrade --quiet --universal"
        f" --python-version {OLDEST_PYTHON} --fork-strategy fewest"
        " --no-header --no-annotate --no-emit-index-url"
    )
    compiled = subprocess.run(command.split(), check=True, capture_output=True, text=True).stdout
    lines = [re.sub(r"\s*;.*", "", line) for line in compiled.splitlines()]
    names = [line.split("==")[0] for line in lines]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        print(f"more than one version of: {', '.join(twice)}", file=sys.stderr)
        return 1
    Path("constraints.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
