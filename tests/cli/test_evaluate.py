import orjson
import pytest

CASES = [
    {
        "case": "one",
        "brand": "acme",
        "lang": "en",
        "posts": [
            {"n": 1, "who": "customer", "at": None, "text": "@acme my parcel is lost, please help"},
            {"n": 2, "who": "brand", "at": None, "text": "@anna Sorry! Please send us a DM. ^KB"},
        ],
        "labels": {"1": ["need"], "2": ["apology", "dm", "signed"]},
        "skip": {},
        "outcome": ["handed_over"],
    },
    {
        "case": "two",
        "brand": "acme",
        "lang": "en",
        "posts": [{"n": 1, "who": "brand", "at": None, "text": "@ben Please send us a DM."}],
        "labels": {"1": ["dm"]},
        "skip": {"1": ["question"]},
        "outcome": None,
    },
]


@pytest.fixture
def labelled(program):
    path = program.folder / "gold.jsonl"
    path.write_bytes(b"".join(orjson.dumps(case) + b"\n" for case in CASES))
    return path


def test_scores_as_json(program, labelled):
    scores = orjson.loads(program.run("evaluate", labelled, "--format", "json").out)
    assert scores["cases"] == 2
    assert scores["posts"] == 3
    assert scores["labels"]["dm"] == {"precision": 1, "recall": 1, "f1": 1, "positives": 2}
    assert scores["outcome_accuracy"] == 1


def test_scores_as_a_table(program, labelled):
    printed = program.run("evaluate", labelled).out
    assert "apology" in printed
    assert "right outcomes 1.000" in printed


def test_predictions_are_one_case_a_line(program, labelled):
    program.run("evaluate", labelled, "--predictions", "said.jsonl")
    lines = (program.folder / "said.jsonl").read_bytes().splitlines()
    first = orjson.loads(lines[0])
    assert first["case"] == "one"
    assert set(first["labels"]["2"]) >= {"dm", "apology", "signed"}
    assert first["outcome"] == "handed_over"


@pytest.mark.parametrize("content", ["{broken", '{"case": 1}', "[]"])
def test_broken_files_are_told_with_their_line(program, content):
    path = program.folder / "gold.jsonl"
    path.write_text(content)
    assert "gold.jsonl:1: not a labelled case" in program.run("evaluate", path, code=2).err


def test_a_missing_file_is_told(program):
    assert "none.jsonl: cannot be read" in program.run("evaluate", "none.jsonl", code=2).err
