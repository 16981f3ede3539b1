"""An environment of its own for ConvoKit, made once and kept in `.bench/convokit`."""

import subprocess
import venv
from pathlib import Path

VERSION = "5.0.0"
# What a Corpus in memory needs; ConvoKit names much more, such as language models and CUDA.
NEEDED = (
    "numpy", "orjson", "pandas", "pymongo", "pyyaml", "requests", "scikit-learn", "scipy", "tqdm",
)  # fmt: skip


def prepare_convokit(folder: Path) -> tuple[str, str]:
    """Return the Python that has it, empty if there is none, and why."""
    python = folder / "bin" / "python"
    if not (folder / ".installed").exists():
        venv.create(folder, clear=True, with_pip=True)
        for wanted in (["--no-deps", f"convokit=={VERSION}"], NEEDED):
            command = [str(python), "-m", "pip", "install", "--quiet", *wanted]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            if done.returncode:
                last = done.stderr.strip().splitlines()[-1:] or ["pip failed"]
                return "", f"could not be installed ({last[0][:120]})"
        (folder / ".installed").touch()
    return str(python), ""
