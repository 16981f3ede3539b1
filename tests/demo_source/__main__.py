"""`python -m tests.demo_source`: write the demo archive; see README.md here."""

import argparse
import sys
from pathlib import Path

from tests.demo_source.archive import ARCHIVE, build_demo, pack
from tests.demo_source.situations import render_table
from tests.demo_source.truth import write_truth


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.demo_source", description=__doc__)
    parser.add_argument("--truth", type=Path, metavar="FILE", help="write labels and outcomes")
    parser.add_argument("--table", action="store_true", help="print which dialogue shows what")
    arguments = parser.parse_args()
    demo = build_demo()
    if arguments.table:
        sys.stdout.write(render_table(demo))
    elif arguments.truth:
        arguments.truth.write_bytes(write_truth(demo))
    else:
        ARCHIVE.parent.mkdir(parents=True, exist_ok=True)
        ARCHIVE.write_bytes(pack(demo))


if __name__ == "__main__":
    main()
