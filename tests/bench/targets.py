"""What was aimed at, and what was reached: ratios within one call of the benchmark."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.bench.rows import Result

Results = Mapping[tuple[str, str], Result]

OWN_STEPS = ("import", "measure", "report")
IN_PARTS = ("import", "parts", "report")
REFERENCE_SIZE = 100_000
MEMORY_SIZE = 3_000_000


@dataclass(frozen=True, slots=True)
class Target:
    """One aim; `reached` is None where a part of it was not run.

    Attributes:
        is_most: The limit is the most that may be, else the least.
    """

    name: str
    limit: float
    unit: str
    reached: float | None
    is_most: bool = True

    @property
    def is_met(self) -> bool | None:
        if self.reached is None:
            return None
        return self.reached <= self.limit if self.is_most else self.reached >= self.limit


def list_targets(size: int, results: Results, reference: Results | None) -> Iterator[Target]:
    """Yield the targets for one size, on SQLite; growth is counted from the reference on."""
    own = [results.get((step, "sqlite")) for step in OWN_STEPS]
    parts = [results.get((step, "sqlite")) for step in IN_PARTS]
    whole, whole_in_parts = add_up(results), add_up(results, IN_PARTS)
    floor, convokit = results.get(("floor", "sqlite")), results.get(("convokit", ""))
    measure = results.get(("measure", "sqlite"))
    memory = _find_peak(own)
    in_parts = _find_peak(parts)
    yield Target("import", 2.5, "× the floor", _divide(own[0] and own[0].seconds, _time(floor)))
    yield Target("labels", 100_000, "posts/s", _rate_labels(measure), is_most=False)
    yield Target("cases and figures", 150_000, "posts/s", _rate_cases(measure), is_most=False)
    yield Target("everything", 5.5, "× the floor", _divide(whole, _time(floor)))
    yield Target("everything", 1, "× ConvoKit's Corpus", _divide(whole, _time(convokit)))
    for limit, unit, other in ((5.5, "× the floor", floor), (1, "× ConvoKit's Corpus", convokit)):
        reached = _divide(whole_in_parts, _time(other))
        yield Target("everything, measured in parts", limit, unit, reached)
    most = convokit.together if convokit and not convokit.problem else None
    yield Target("memory", 0.25, "× ConvoKit's", _divide(memory, most))
    yield Target("memory, measured in parts", 0.25, "× ConvoKit's", _divide(in_parts, most))
    if size == MEMORY_SIZE:
        yield Target("memory", 1_000, "MB", memory)
        yield Target("memory, measured in parts", 1_000, "MB", in_parts)
    if size > REFERENCE_SIZE and reference:
        before = _divide(add_up(reference), REFERENCE_SIZE)
        grown = _divide(_divide(whole, size), before)
        yield Target("time per post", 1.2, f"× that of {REFERENCE_SIZE:,}", grown)
    for name, step, limit in (
        ("after 1,000 new posts: measuring", "measure again", 2),
        ("after 1,000 new posts: a brand's page", "one page again", 6),
        ("`listener cases` of a small store", "cases of a small store", 1.0),
    ):
        yield Target(name, limit, "s", _time(results.get((step, "sqlite"))))
    yield Target("`listener --help`", 0.3, "s", _time(results.get(("help", ""))))


def _find_peak(steps: Sequence[Result | None]) -> float | None:
    """Return the most memory of some steps, None if one is missing."""
    found = [each.together for each in steps if each and not each.problem]
    return max(found) if len(found) == len(steps) else None


def add_up(results: Results, steps: Sequence[str] = OWN_STEPS) -> float | None:
    """Return the seconds of import, measuring and report together, None if one is missing."""
    times = [_time(results.get((step, "sqlite"))) for step in steps]
    return sum(filter(None, times)) if all(times) else None


def _time(result: Result | None) -> float | None:
    return result.seconds if result and not result.problem else None


def _divide(number: float | None, other: float | None) -> float | None:
    return number / other if number is not None and other else None


def _rate_labels(measure: Result | None) -> float | None:
    if measure is None or measure.problem:
        return None
    return _divide(measure.counted.get("label"), measure.stages.get("label"))


def _rate_cases(measure: Result | None) -> float | None:
    if measure is None or measure.problem:
        return None
    return measure.posts / (measure.stages["cases"] + measure.stages["figures"])
