"""Which conversation shows what: the table of the README, counted in performances."""

from tests.demo_source.archive import Demo
from tests.demo_source.staging import Draft


def find_stages(demo: Demo) -> dict[str, list[Draft]]:
    """Return the posts of each performance."""
    stages: dict[str, list[Draft]] = {}
    for draft in demo.drafts:
        stages.setdefault(draft.stage, []).append(draft)
    return stages


def find_situations(demo: Demo) -> dict[str, list[str]]:
    """Return the performances that show each situation."""
    found: dict[str, list[str]] = {}
    for stage, drafts in find_stages(demo).items():
        for situation in _shown(stage, drafts):
            found.setdefault(situation, []).append(stage)
    return dict(sorted(found.items()))


def _shown(stage: str, drafts: list[Draft]) -> tuple[str, ...]:
    script = drafts[0].script
    if script:
        return script.shows
    if "/broadcast_" not in stage:
        return ("automatic", "outage_wave")
    return ("broadcast", "broadcast_thread") if len(drafts) > 1 else ("broadcast",)


def render_table(demo: Demo) -> str:
    """Return the table in Markdown."""
    rows = ["| situation | times | dialogues |", "|---|---|---|"]
    for situation, stages in find_situations(demo).items():
        names = sorted({stage.rpartition(".")[0] for stage in stages})
        shown = names if "broadcast" not in situation else ["broadcasts.txt"]
        rows.append(f"| `{situation}` | {len(stages)} | {', '.join(shown)} |")
    return "\n".join(rows) + "\n"
