"""Which conversation shows what: the table of the README, counted from the scripts."""

from collections import Counter

from tests.demo_source.archive import Demo


def count_situations(demo: Demo) -> dict[str, tuple[int, tuple[str, ...]]]:
    """Return for each situation how often it is played, and by which scripts."""
    played: dict[str, set[str]] = {}
    for draft in demo.drafts:
        if draft.script:
            for situation in draft.script.shows:
                played.setdefault(situation, set()).add(draft.stage)
    found = {}
    for situation, stages in sorted(played.items()):
        scripts = Counter(stage.rpartition(".")[0] for stage in stages)
        found[situation] = (len(stages), tuple(sorted(scripts)))
    return found


def render_table(demo: Demo) -> str:
    """Return the table in Markdown."""
    rows = ["| situation | times | dialogues |", "|---|---|---|"]
    for situation, (times, scripts) in count_situations(demo).items():
        rows.append(f"| `{situation}` | {times} | {', '.join(scripts)} |")
    return "\n".join(rows) + "\n"
