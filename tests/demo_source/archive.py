"""The whole demo: all posts in order of time, as JSON lines, packed."""

import gzip
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from listener.posts import Post
from tests.demo_source.brands import BRANDS
from tests.demo_source.chance import Chance
from tests.demo_source.dialogue_files import read_scripts
from tests.demo_source.people import Crowd
from tests.demo_source.posting import Press
from tests.demo_source.staging import END, Draft, perform, plan
from tests.demo_source.waves import stage_broadcasts, stage_waves

ARCHIVE = Path(__file__).resolve().parents[2] / "config" / "demo" / "demo.jsonl.gz"


@dataclass(frozen=True)
class Demo:
    """Drafts with the truth about them, and the posts they became (same order)."""

    drafts: tuple[Draft, ...]
    posts: tuple[Post, ...]


@cache
def build_demo() -> Demo:
    """Return the demo; always the same."""
    crowd = Crowd()
    drafts = [*stage_waves(crowd), *_stage_dialogues(crowd), *stage_broadcasts()]
    drafts.sort(key=lambda draft: draft.at)
    press = Press(drafts)
    return Demo(tuple(drafts), tuple(press.print_post(draft) for draft in drafts))


def _stage_dialogues(crowd: Crowd) -> list[Draft]:
    openings = []
    for brand in BRANDS:
        for script in read_scripts(brand):
            for number in range(script.times):
                at = plan(script, number, Chance("plan", brand, script.key, number))
                openings.append((at, script, number))
    openings.sort(key=lambda opening: (opening[0], opening[1].key))
    drafts: list[Draft] = []
    for at, script, number in openings:
        played = perform(script, number, at, crowd)
        if played[-1].at > END:
            msg = f"{script.key} ends at {played[-1].at}, after the end of the archive"
            raise ValueError(msg)
        drafts += played
    return drafts


def pack(demo: Demo) -> bytes:
    """Return the archive as it lies in `config/demo/`."""
    return gzip.compress(lines(demo), compresslevel=9, mtime=0)


def lines(demo: Demo) -> bytes:
    """Return the archive before packing, in the format of `listener export`."""
    from listener.collect.archive.listener_lines import dump_post

    return b"".join(dump_post(post).rstrip(b"\n") + b"\n" for post in demo.posts)
