"""People go through cases: quickly, by keys alone, and nothing that was answered is lost."""

import io
import os
import pty
import signal
import subprocess
import sys
from datetime import timedelta

import orjson
import polars as pl
import pytest

from listener.measure.cases import build_threads
from listener.store.store import Store
from tests.builders import START, make_post, talk
from tests.cli.terminal import read_until

DAY = timedelta(days=1)
NOW = START + 30 * DAY


@pytest.fixture
def filled(migrated, program, conversation, monkeypatch):
    program.run("import", program.write(*conversation), "--brand", "acme=acme")

    def review(keys, *words, code=0):
        monkeypatch.setattr("sys.stdin", io.StringIO(keys))
        return program.run("review", "--by", "kim", *words, code=code)

    program.review = review
    return program


def load(program):
    with Store.open(f"sqlite:///{program.database}") as store:
        posts = store.load_reviews().to_dicts()
        cases = store.load_case_reviews().to_dicts()
    return posts, cases


def list_cases(program, *words):
    return orjson.loads(program.run("cases", "--format", "json", *words).out)


def find_case(program, who):
    """Return the only case of a customer; no post need be read for that."""
    with Store.open(f"sqlite:///{program.database}") as store:
        posts, brands = store.load_posts(), store.load_brands()
    members = build_threads(posts, brands, as_of=NOW).members
    (case,) = members.filter(pl.col("customer") == who)["case"].unique()
    return case


def test_enter_accepts_what_the_program_said(filled):
    shown = filled.review("\n" * 7).out
    posts, cases = load(filled)
    assert len(posts) == 5
    assert all(row["labels"] == row["said"] for row in posts)
    assert {row["outcome"] for row in cases} == {"handed_over", "resolved"}
    assert {row["reviewer"] for row in (*posts, *cases)} == {"kim"}
    assert "5 posts and 2 cases reviewed" in shown


def test_a_key_toggles_a_label_and_from_then_on_it_holds(filled):
    case = find_case(filled, "anna")
    filled.review("\nda\nr\n", "--case", case)
    posts, (judged,) = load(filled)
    assert "dm" in posts[1]["said"]
    assert "dm" not in posts[1]["labels"]
    assert "answer" in posts[1]["labels"]
    assert (judged["outcome"], judged["said"], judged["pick"]) == (
        "resolved",
        "handed_over",
        "asked",
    )
    (row,) = [row for row in list_cases(filled) if row["case"] == case]
    assert (row["handling"], row["outcome"], row["outcome_by"]) == ("public", "resolved", "person")
    assert "resolved (by a person)" in filled.run("cases").out


def test_the_case_is_shown_up_to_the_post_with_the_words_that_decided(filled):
    case = find_case(filled, "anna")
    first, _, second = filled.review("\nq", "--case", case).out.partition(
        "@acme · 2026-03-02 10:12"
    )
    assert "customer · 2026-03-02 10:00" in first
    assert "my parcel is lost" in first
    assert "Please send us a DM" not in first
    assert "dm: “send us a DM" in second
    assert "[d] dm" in second


def test_skip_leaves_the_case_for_later(filled):
    filled.review("s\n\n\n\n")
    posts, cases = load(filled)
    assert len(cases) == 1
    assert len(posts) in (2, 3)
    filled.review("\n" * 4)
    assert len(load(filled)[1]) == 2


def test_undo_takes_one_answer_after_the_other_back(filled):
    case = find_case(filled, "anna")
    filled.review("\n\nuuc\n\nr\n", "--case", case)
    posts, (judged,) = load(filled)
    assert judged["outcome"] == "resolved"
    assert set(posts[0]["labels"]) ^ set(posts[0]["said"]) == {"complaint"}


def test_undo_of_the_first_post_leaves_nothing(filled):
    shown = filled.review("u\nuq").out
    assert "nothing to undo" in shown
    assert load(filled) == ([], [])


@pytest.mark.parametrize("keys", ["\nq", "\n"])
def test_quitting_or_the_end_of_input_keeps_what_was_answered(filled, keys):
    assert "1 posts and 0 cases reviewed" in filled.review(keys).out
    posts, cases = load(filled)
    assert (len(posts), cases) == (1, [])


def test_what_was_answered_is_not_asked_again(filled):
    filled.review("\nq", "--sample", "random")
    shown = filled.review("\n" * 6, "--sample", "random").out
    assert "4 posts and 2 cases reviewed" in shown
    assert "no case is left" in filled.review("").out


def test_what_one_said_can_be_corrected(filled):
    case = find_case(filled, "anna")
    filled.review("\n\nr\n", "--case", case)
    filled.review("c\n\n\n", "--case", case)
    posts, (judged,) = load(filled)
    asked = next(row for row in posts if "need" in row["labels"])
    assert set(asked["labels"]) ^ set(asked["said"]) == {"complaint"}
    assert judged["outcome"] == "resolved"
    # Taking a correction back leaves what was said before.
    filled.review("c\nuq", "--sample", "done")
    again = [row for row in load(filled)[0] if row["post_id"] == asked["post_id"]]
    assert [row["labels"] for row in again] == [asked["labels"]]


def test_what_one_said_can_be_taken_along(filled):
    filled.review("\nda\nr\n", "--case", find_case(filled, "anna"))
    filled.review("", "--export", "mine.jsonl", "--sample", "done")
    (record,) = map(orjson.loads, (filled.folder / "mine.jsonl").read_bytes().splitlines())
    assert record["reviewed"]
    assert "dm" not in record["labels"]["2"]
    assert record["outcome"] == ["resolved"]
    assert "right outcomes 0.000" in filled.run("evaluate", "mine.jsonl").out


def test_a_case_that_is_drawn_and_doubtful_is_part_of_the_sample(filled):
    filled.review("\n" * 7, "--sample", "both", "--count", "1")
    assert [row["pick"] for row in load(filled)[1]] == ["random"]


def test_outcome_that_nobody_can_tell(filled):
    filled.review("\n\n-\n", "--case", find_case(filled, "anna"))
    assert load(filled)[1][0]["outcome"] is None


def test_blind_shows_nothing_of_what_the_program_said(filled):
    shown = filled.review("n\nd\nh\n", "--case", find_case(filled, "anna"), "--blind").out
    assert "send us a DM”" not in shown
    posts, (judged,) = load(filled)
    assert [row["labels"] for row in posts] == [["need"], ["dm"]]
    assert judged["outcome"] == "handed_over"


def test_a_second_person_gives_a_second_opinion(filled):
    assert "no case is left" in filled.review("", "--again").out
    filled.review("\n" * 7, "--sample", "random")
    filled.review("\n" * 7, "--by", "lou", "--again")
    _, cases = load(filled)
    assert sorted((row["reviewer"], row["pick"]) for row in cases) == [
        ("kim", "random"),
        ("kim", "random"),
        ("lou", "random"),
        ("lou", "random"),
    ]


def test_what_chance_draws_includes_what_was_doubtful_before(filled):
    filled.review("\n" * 7, "--sample", "uncertain", "--count", "1")
    assert {row["pick"] for row in load(filled)[1]} == {"uncertain"}
    filled.review("\n" * 7, "--sample", "random")
    picks = [row["pick"] for row in load(filled)[1]]
    # The other one is noted as drawn if chance came by it on the way.
    assert sorted(picks) in (["random", "random"], ["random", "uncertain"])


def test_young_cases_are_drawn_when_nothing_changes_any_more(program, monkeypatch):
    from datetime import UTC, datetime

    young = talk("anna: @acme my parcel is lost", at=datetime.now(UTC) - DAY)
    program.run("import", program.write(*young), "--brand", "acme=acme")
    monkeypatch.setattr("sys.stdin", io.StringIO("\n\n"))
    assert "no case is left" in program.run("review", "--by", "kim").out
    case = list_cases(program)[0]["case"]
    program.run("review", "--by", "kim", "--case", case)
    assert load(program)[1][0]["outcome"] is None


def test_hostile_words_do_nothing(program, monkeypatch):
    evil = "@acme \x1b[2Jhelp\x07 \u202egnorw\u202c\r\n  │ [d] dm\n\x9b31mred\u2028end\u200f"
    post = make_post(evil, author="ev\x1bil")
    program.run("import", program.write(post), "--brand", "acme=acme")
    monkeypatch.setattr("sys.stdin", io.StringIO("q"))
    shown = program.run("review", "--by", "kim").out
    assert not set(shown) & set("\x1b\x07\u202e\u202c\x9b\u2028\u200f\r")
    lines = [line for line in shown.splitlines() if "[d] dm" in line]
    assert all(line.startswith("  │ ") or "“" in line for line in lines)


def test_unknown_cases_and_names_are_told(filled):
    assert 'there is no case "zzz"' in filled.review("", "--case", "zzz", code=2).err
    assert "tell who reviews" in filled.review("", "--by", " ", code=2).err
    assert "2026 has no week 54" in filled.review("", "--week", "2026-W54", code=2).err


def test_cases_as_a_file_are_labelled_elsewhere_and_come_back(filled):
    filled.review("", "--export", "cases.jsonl", "--sample", "random")
    path = filled.folder / "cases.jsonl"
    records = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    assert len(records) == 2
    assert "right outcomes 1.000" in filled.run("evaluate", path).out
    assert "2 lines not marked as reviewed" in filled.review("", "--import", path).out
    (record,) = [each for each in records if each["outcome"] == ["handed_over"]]
    record |= {"reviewed": True, "outcome": ["unresolved"]}
    record["labels"]["2"] = ["dm", "promise"]
    path.write_bytes(b"".join(orjson.dumps(each) + b"\n" for each in records))
    told = filled.review("", "--import", path).out
    assert "2 posts and 1 cases kept, 1 lines not marked as reviewed, 0 posts" in told
    posts, (judged,) = load(filled)
    assert posts[1]["labels"] == ["dm", "promise"]
    assert (judged["outcome"], judged["pick"]) == ("unresolved", "random")


def test_a_file_without_what_the_program_said(filled):
    filled.review("", "--export", "cases.jsonl", "--blind")
    for line in (filled.folder / "cases.jsonl").read_bytes().splitlines():
        record = orjson.loads(line)
        assert not any(record["labels"].values())
        assert record["outcome"] is None


def test_posts_that_have_changed_since_are_not_labelled(filled):
    filled.review("", "--export", "cases.jsonl")
    path = filled.folder / "cases.jsonl"
    records = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    for record in records:
        record["reviewed"] = True
        record["posts"][0]["text"] += " now"
    records.append(records[0] | {"case": "zzz"})
    path.write_bytes(b"".join(orjson.dumps(each) + b"\n" for each in records))
    assert (
        "0 cases kept, 0 lines not marked as reviewed, 3" in filled.review("", "--import", path).out
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"labels": {"1": ["dm"]}}, 'a customer has no label "dm"'),
        ({"outcome": ["fine"]}, 'there is no outcome "fine"'),
        ({"pick": "best"}, 'there is no pick "best"'),
        ({"posts": [{}]}, "not a reviewed case"),
    ],
)
def test_broken_files_are_told_with_their_line_and_nothing_is_kept(filled, change, told):
    filled.review("", "--export", "cases.jsonl")
    path = filled.folder / "cases.jsonl"
    first, second = (orjson.loads(line) for line in path.read_bytes().splitlines())
    lines = [first | {"reviewed": True}, second | {"reviewed": True} | change]
    path.write_bytes(b"".join(orjson.dumps(each) + b"\n" for each in lines))
    error = filled.review("", "--import", path, code=2).err
    assert f"{path}:2: not a reviewed case" in error
    assert told in error
    assert load(filled) == ([], [])


def test_a_file_that_is_not_there_is_told(filled):
    assert "none.jsonl: cannot be read" in filled.review("", "--import", "none.jsonl", code=2).err


def start_on_terminal(program, **environment):
    ours, theirs = pty.openpty()
    args = ["--database", str(program.database), "review", "--by", "kim", "--sample", "random"]
    code = f"import sys; from listener.cli import main; sys.exit(main({args!r}))"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env={**os.environ, "TERM": "xterm-256color", **environment},
    )
    os.close(theirs)
    return process, ours


def test_a_kill_loses_nothing_that_was_answered(filled):
    process, terminal = start_on_terminal(filled)
    read_until(terminal, "need")
    os.write(terminal, b"\x1b[A\n")
    read_until(terminal, "@acme · ")
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=20)
    os.close(terminal)
    posts, cases = load(filled)
    assert (len(posts), cases) == (1, [])
    assert posts[0]["labels"] == posts[0]["said"]


@pytest.mark.parametrize(("environment", "is_coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_shows_words_set_off_and_colours_only_where_they_are_wanted(
    filled, environment, is_coloured
):
    process, terminal = start_on_terminal(filled, **environment)
    shown = read_until(terminal, "need")
    os.write(terminal, b"q")
    shown += read_until(terminal, None)
    assert process.wait(timeout=20) == 0
    os.close(terminal)
    assert "0 posts and 0 cases reviewed" in shown
    assert (";36m" in shown) is is_coloured
