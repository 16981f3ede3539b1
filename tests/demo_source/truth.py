"""The truth about the demo, as a second labelled set in the format of the gold files."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.demo_source.archive import Demo
from tests.demo_source.brands import DemoBrand
from tests.demo_source.people import Person
from tests.demo_source.staging import Draft

SEGMENT = timedelta(days=14)
NOT_READ = ("fr",)


@dataclass
class Case:
    """One customer's dealings with one brand in one conversation."""

    brand: DemoBrand
    person: Person
    drafts: list[Draft]


def find_cases(demo: Demo) -> dict[str, list[Case]]:
    """Return the cases of each performance, in the order of the script's outcomes."""
    stages: dict[str, list[Draft]] = {}
    for draft in demo.drafts:
        if draft.script and draft.script.settings.get("truth") != "no":
            stages.setdefault(draft.stage, []).append(draft)
    return {stage: _cases(drafts) for stage, drafts in stages.items()}


def _cases(drafts: list[Draft]) -> list[Case]:
    people = list({draft.person.handle: draft.person for draft in drafts if draft.person}.values())
    brands = {draft.brand.key: draft.brand for draft in drafts}
    brands |= {draft.speaker.key: draft.speaker for draft in drafts if draft.speaker}
    found = []
    for person in people:
        for brand in brands.values():
            own = [draft for draft in drafts if _belongs(draft, person, brand)]
            own.sort(key=_read_at)
            found += [Case(brand, person, part) for part in _parts(own)]
    return found


def _read_at(draft: Draft) -> tuple[datetime, bool]:
    """A reply is read after its post, even when a clock says otherwise."""
    if draft.parent and draft.parent.at >= draft.at:
        return draft.parent.at, True
    return draft.at, False


def _belongs(draft: Draft, person: Person, brand: DemoBrand) -> bool:
    if draft.speaker:
        others = (draft.person, draft.also)
        return draft.speaker is brand and "root" not in draft.flags and person in others
    if draft.person is not person:
        return False
    asked = draft.parent.speaker if draft.parent else None
    return brand is (asked or draft.brand) or brand is draft.also_brand


def _parts(drafts: list[Draft]) -> Iterator[list[Draft]]:
    """Split at new conversations and before a customer's post after two quiet weeks."""
    part: list[Draft] = []
    for draft in drafts:
        quiet = bool(part) and draft.is_customer and draft.at - part[-1].at >= SEGMENT
        if part and (quiet or "new" in draft.flags):
            yield part
            part = []
        part.append(draft)
    if part:
        yield part


def write_truth(demo: Demo) -> bytes:
    """Return one JSON line a case."""
    rows = []
    for stage, cases in find_cases(demo).items():
        outcomes = cases[0].drafts[0].script.outcomes
        shared = len(outcomes) != len(cases)
        for number, case in enumerate(cases):
            outcome = outcomes[0] if shared else outcomes[number]
            rows.append(_row(f"demo-{stage}-{number + 1}", case, outcome))
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _row(key: str, case: Case, outcome: tuple[str, ...]) -> dict[str, object]:
    posts, labels = [], {}
    for number, draft in enumerate(case.drafts, start=1):
        who = "customer" if draft.is_customer else "brand"
        at = draft.at.isoformat().replace("+00:00", "Z")
        posts.append({"n": number, "who": who, "at": at, "text": draft.text})
        labels[str(number)] = sorted(draft.labels)
    return {
        "case": key,
        "brand": case.brand.name,
        "lang": case.drafts[0].language,
        "posts": posts,
        "labels": labels,
        "skip": {},
        "outcome": list(outcome),
    }
