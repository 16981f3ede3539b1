"""Where two trees of figures differ."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

TOLERANCE = 1e-9
"""Numbers differ if they are further apart than this, times the larger one if that is above 1.

Sums of many numbers depend on their order in the last digits; no digit that anybody reads does.
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that the report tells otherwise than the evidence.

    Attributes:
        path: Its name in `report.json`, such as `trend[3].answered.count`.
        told: What the report says, `Absent` if it does not have it.
        found: What the evidence gives.
    """

    path: str
    told: object
    found: object


class Absent:
    """Stands for what one side does not have."""

    def __repr__(self) -> str:
        """Return how it is shown."""
        return "nothing"


ABSENT = Absent()


def find_differences(told: object, found: object, path: str = "") -> Iterator[Difference]:
    """Yield every leaf at which the two differ; lists of other lengths differ as a whole."""
    if isinstance(told, Mapping) and isinstance(found, Mapping):
        yield from _compare_mappings(told, found, path)
    elif _is_list(told) and _is_list(found):
        yield from _compare_lists(told, found, path)  # type: ignore[arg-type]
    elif not is_same(told, found):
        yield Difference(path, _name_size(told), _name_size(found))


def count_leaves(tree: object) -> int:
    """Count the single values of a tree."""
    if isinstance(tree, Mapping):
        return sum(map(count_leaves, tree.values()))
    return sum(map(count_leaves, tree)) if _is_list(tree) else 1  # type: ignore[call-overload]


def is_same(told: object, found: object) -> bool:
    """Tell whether two values are equal; numbers may differ by the tolerance."""
    if isinstance(told, bool) or isinstance(found, bool):
        return told is found
    if isinstance(told, float) or isinstance(found, float):
        return _is_close(told, found)
    return type(told) is type(found) and told == found


def _is_close(told: object, found: object) -> bool:
    if not isinstance(told, int | float) or not isinstance(found, int | float):
        return False
    scale = max(1.0, abs(told), abs(found))
    return told == found or abs(told - found) <= TOLERANCE * scale < float("inf")


def _compare_mappings(
    told: Mapping[str, object], found: Mapping[str, object], path: str
) -> Iterator[Difference]:
    for key in {**found, **told}:
        below = f"{path}.{key}" if path else key
        pair = told.get(key, ABSENT), found.get(key, ABSENT)
        yield from find_differences(*pair, below)


def _compare_lists(
    told: Sequence[object], found: Sequence[object], path: str
) -> Iterator[Difference]:
    if len(told) != len(found):
        yield Difference(path, _name_size(told), _name_size(found))
        return
    for place, pair in enumerate(zip(told, found, strict=True)):
        yield from find_differences(*pair, f"{path}[{place}]")


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)


def _name_size(value: object) -> object:
    if isinstance(value, Mapping):
        return f"{len(value)} parts"
    return f"{len(value)} entries" if _is_list(value) else value  # type: ignore[arg-type]
