"""Lay cases before a person, one post after the other, and take the answers by single keys."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from listener.cli.keys import ENTER, ReadKey
from listener.cli.plain import make_harmless

if TYPE_CHECKING:
    from listener.jobs.reviewing import ReviewCase, ReviewDesk, ReviewPost

SKIP, UNDO, QUIT, UNKNOWN = "s", "u", "q", "-"
LABEL_KEYS: Mapping[str, Mapping[str, str]] = {
    "brand": {
        "d": "dm",
        "p": "phone",
        "e": "email",
        "f": "form",
        "h": "handle",
        "l": "link",
        "a": "answer",
        "?": "question",
        "o": "apology",
        "m": "empathy",
        "r": "promise",
        "c": "checkin",
        "n": "refusal",
        "x": "done",
        "t": "thanks",
        "g": "signed",
    },
    "customer": {
        "n": "need",
        "c": "complaint",
        "p": "praise",
        "v": "solved",
        "w": "unsolved",
        "t": "thanks",
        "m": "moved",
    },
}
OUTCOME_KEYS: Mapping[str, str] = {
    "r": "resolved",
    "n": "unresolved",
    "c": "claimed",
    "h": "handed_over",
    "p": "pending",
    "o": "none",
}
_PICKS = {"random": "drawn by chance", "uncertain": "doubtful", "asked": "asked for"}
_HELP = "enter: as marked · s: skip the case · u: undo · q: quit; all answers are kept at once"
_MARGIN = "  │ "
_NARROWEST = 20
_FOUND = "bold underline cyan"


@dataclass(slots=True)
class Tally:
    """What was done in a session."""

    posts: int = 0
    cases: int = 0


@dataclass(frozen=True, slots=True)
class _Step:
    """One question: the labels of a post, or what came of a case (`post` is None)."""

    number: int
    case: "ReviewCase"
    post: "ReviewPost | None"
    shown: "tuple[ReviewPost, ...]"


@dataclass(slots=True)
class Session:
    """One person going through cases.

    Attributes:
        cases: What is to be gone through.
        desk: Where answers are kept.
        read_key: Waits for a key.
        now: Tells the time of an answer.
        is_blind: Whether nothing is marked beforehand.
    """

    cases: "Sequence[ReviewCase]"
    desk: "ReviewDesk"
    read_key: ReadKey
    now: Callable[[], datetime]
    console: Console
    is_blind: bool = False
    tally: Tally = field(default_factory=Tally)

    def run(self) -> Tally:
        """Ask until everything is answered or the person quits; tell how much was."""
        steps = list(_list_steps(self.cases))
        self._say(_HELP)
        answered: list[int] = []
        at = 0
        while at < len(steps):
            key = self._ask(steps[at])
            if key == QUIT:
                break
            if key == UNDO:
                at = self._undo(steps, answered, at)
            elif key == SKIP:
                at = _find_next_case(steps, at)
            else:
                answered.append(at)
                at += 1
        return self.tally

    def _undo(self, steps: Sequence[_Step], answered: list[int], at: int) -> int:
        if not answered:
            self._say("nothing to undo")
            return at
        before = answered.pop()
        step = steps[before]
        if step.post is None:
            self.desk.reopen_case(step.case)
            self.tally.cases -= 1
        else:
            self.desk.withdraw_labels(step.post, self.now())
            self.tally.posts -= 1
        return before

    def _ask(self, step: _Step) -> str:
        for post in step.shown:
            self._show_post(step.case, post)
        return self._ask_labels(step) if step.post else self._ask_outcome(step)

    def _ask_labels(self, step: _Step) -> str:
        post = step.post
        assert post is not None  # noqa: S101 - told by the caller
        keys = LABEL_KEYS[post.side]
        chosen = set(post.given or ()) if self.is_blind else set(_mark_first(post))
        while True:
            self._show_choice(keys, chosen)
            key = self.read_key() or QUIT
            if key in (SKIP, UNDO, QUIT):
                return key
            if key == ENTER:
                labels = [label for label in keys.values() if label in chosen]
                if not self.desk.save_labels(post, labels, self.now()):
                    return self._tell_gone()
                self.tally.posts += 1
                return ENTER
            if key in keys:
                chosen ^= {keys[key]}

    def _ask_outcome(self, step: _Step) -> str:
        """Ask what came of a case whose time has come; of younger ones nobody can say."""
        case = step.case
        outcome = case.told if self.is_blind else case.told or case.said
        while case.is_due:
            self._say("  what came of it?")
            self._show_choice({**OUTCOME_KEYS, UNKNOWN: "cannot say"}, {outcome or "cannot say"})
            key = self.read_key() or QUIT
            if key in (SKIP, UNDO, QUIT):
                return key
            if key == ENTER:
                break
            if key in OUTCOME_KEYS or key == UNKNOWN:
                outcome = OUTCOME_KEYS.get(key)
        if not self.desk.finish_case(case, outcome if case.is_due else None, self.now()):
            return self._tell_gone()
        self.tally.cases += 1
        return ENTER

    def _tell_gone(self) -> str:
        self._say("the post is gone meanwhile; the case is left out")
        return SKIP

    def _show_post(self, case: "ReviewCase", post: "ReviewPost") -> None:
        if post is case.posts[0]:
            number = next(n for n, each in enumerate(self.cases, 1) if each is case)
            place = f"case {case.case} ({number} of {len(self.cases)}, {_PICKS[case.pick]})"
            self._say("")
            self._say(f"{place} · {case.brand} · {case.opened_at:%Y-%m-%d %H:%M} UTC")
        who = f"@{make_harmless(post.author)}" if post.side == "brand" else "customer"
        aside = "" if post.is_asked else " (deleted)" if not post.text else " (automatic)"
        self._say(f"  {who} · {post.at:%Y-%m-%d %H:%M}{aside}")
        width = max(self.console.width - len(_MARGIN), _NARROWEST)
        marked = _mark_words(post, is_blind=self.is_blind)
        for line in marked.wrap(self.console, width):
            self.console.print(Text(_MARGIN) + line, highlight=False)
        if not self.is_blind and post.is_asked:
            self._show_reasons(post)

    def _show_reasons(self, post: "ReviewPost") -> None:
        text = make_harmless(post.text)
        for label in post.said:
            parts = [text[start:end] for name, start, end in post.words if name == label]
            quoted = ", ".join(f"“{' '.join(part.split())}”" for part in dict.fromkeys(parts))
            line = f"    {label}: {quoted}" if quoted else f"    {label}"
            # Foreign words never begin a line that has no margin.
            self.console.print(Text(line), highlight=False, no_wrap=True, overflow="ellipsis")

    def _show_choice(self, keys: Mapping[str, str], chosen: set[str]) -> None:
        marks = [
            Text(f"[{key}] {label}" if label in chosen else f" {key}  {label}", style=style)
            for key, label in keys.items()
            for style in ("bold" if label in chosen else "",)
        ]
        line = Text(" ")
        for mark in marks:
            if line.cell_len + mark.cell_len + 1 > self.console.width and line.cell_len > 1:
                self.console.print(line, highlight=False)
                line = Text(" ")
            line += Text(" ") + mark
        self.console.print(line, highlight=False)

    def _say(self, line: str) -> None:
        self.console.print(Text(line), highlight=False)


def _list_steps(cases: "Sequence[ReviewCase]") -> Iterator[_Step]:
    """Yield a question for each post that this person has not labelled, and one for the end."""
    for number, case in enumerate(cases):
        waiting: list[ReviewPost] = []
        for post in case.posts:
            waiting.append(post)
            if post.is_asked and (post.given is None or case.is_revised):
                yield _Step(number, case, post, tuple(waiting))
                waiting = []
        yield _Step(number, case, None, tuple(waiting))


def _mark_first(post: "ReviewPost") -> tuple[str, ...]:
    return post.said if post.given is None else post.given


def _find_next_case(steps: Sequence[_Step], at: int) -> int:
    number = steps[at].number
    return next((n for n in range(at, len(steps)) if steps[n].number != number), len(steps))


def _mark_words(post: "ReviewPost", *, is_blind: bool) -> Text:
    """Return a post's words, with those set off that led to a label."""
    text = Text(make_harmless(post.text))
    if not is_blind:
        for label, start, end in post.words:
            if label in post.said:
                text.stylize(_FOUND, start, end)
    return text
