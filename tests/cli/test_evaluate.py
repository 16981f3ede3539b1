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


@pytest.fixture
def reviewed(migrated, program, conversation):
    """Let a person accept all but the hand-over."""
    program.run("import", program.write(*conversation), "--brand", "acme=acme")
    program.run("review", "--export", "cases.jsonl", "--sample", "random")
    path = program.folder / "cases.jsonl"
    records = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    for record in records:
        record["reviewed"] = True
        if "dm" in record["labels"]["2"]:
            record["labels"]["2"].remove("dm")
            record["outcome"] = ["unresolved"]
    path.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in records))
    program.run("review", "--import", path, "--by", "kim")
    return program


def test_what_people_said_tells_how_well_the_program_reads(reviewed):
    scores = orjson.loads(reviewed.run("evaluate", "--reviews", "--format", "json").out)
    assert (scores["cases"], scores["posts"], scores["missing"]) == (2, 5, 98)
    assert scores["labels"]["dm"]["precision"]["rate"] == 0
    assert scores["labels"]["apology"]["f1"]["rate"] == 1
    assert scores["outcome"]["rate"] == 0.5
    assert set(scores["languages"]) == {"en"}


def test_the_table_says_what_it_rests_on(reviewed):
    printed = reviewed.run("evaluate", "--reviews", "--brand", "acme").out
    assert "0.50 (0.05–0.95)" in printed
    assert "2 cases drawn by chance, 5 posts; 95 % intervals" in printed
    assert "98 more are needed" in printed
    assert "kim" not in printed


def test_agreement_of_people_is_told(reviewed):
    path = reviewed.folder / "cases.jsonl"
    reviewed.run("review", "--import", path, "--by", "lou")
    printed = reviewed.run("evaluate", "--reviews").out
    assert "two people gave 5 of 5 posts the same labels, Cohen's kappa 1.00" in printed


def test_without_reviews_the_next_step_is_told(program, conversation):
    program.run("import", program.write(*conversation), "--brand", "acme=acme")
    error = program.run("evaluate", "--reviews", code=1).err
    assert "begin with listener review --sample random" in error


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "FILE or --reviews"),
        (["gold.jsonl", "--reviews"], "FILE or --reviews"),
        (["--reviews", "--predictions", "said.jsonl"], "--predictions: only with files"),
        (["gold.jsonl", "--brand", "acme"], "--brand: only with --reviews"),
    ],
)
def test_flags_that_do_not_go_together_are_refused(program, words, told):
    assert told in program.run("evaluate", *words, code=2).err
