import gzip
import io
import sys
from types import SimpleNamespace

import pytest

HEADER = "tweet_id,author_id,inbound,created_at,text,response_tweet_id,in_response_to_tweet_id\n"
ROW = "{},{},True,Tue Oct 31 22:10:47 +0000 2017,{},,{}\n"


def corpus(folder, *rows, name="corpus.csv"):
    path = folder / name
    path.write_text(HEADER + "".join(rows))
    return path


def test_what_became_of_a_file_is_told(program, conversation):
    path = program.write(*conversation)
    told = program.run("import", path)
    assert told.out == "posts.jsonl (listener): 5 posts, 5 new, 0 changed, 0 unchanged\n"
    assert told.err == ""


def test_importing_twice_changes_nothing(program, conversation):
    path = program.write(*conversation)
    program.run("import", path)
    assert "5 posts, 0 new, 0 changed, 5 unchanged" in program.run("import", path).out


def test_broken_lines_are_named_and_cost_no_other(program, conversation):
    path = program.write(*conversation)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], b"{broken\n", *lines[1:]]))
    told = program.run("import", path)
    assert "5 posts, 5 new" in told.out
    assert "1 broken lines left out" in told.out
    assert told.err.startswith("  posts.jsonl:2: not JSON")


def test_strict_stops_and_keeps_nothing_of_the_file(program, conversation):
    path = program.write(*conversation)
    with path.open("ab") as file:
        file.write(b"{broken\n")
    told = program.run("import", path, "--strict", code=1)
    assert told.err.startswith("listener: posts.jsonl:6: not JSON")
    assert "nothing of this file was kept" in told.err
    assert program.run("export").out == ""


def test_standard_input_compressed(program, conversation, monkeypatch):
    content = gzip.compress(program.write(*conversation).read_bytes())
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))
    assert "5 posts, 5 new" in program.run("import", "-").out


def test_several_files_of_several_formats(program, conversation):
    first = program.write(*conversation)
    second = corpus(program.folder, ROW.format(1, 115712, "hello", ""))
    told = program.run("import", first, second).out
    assert "posts.jsonl (listener): 5 posts" in told
    assert "corpus.csv (customer-support-csv): 1 posts" in told


def test_names_of_the_corpus_become_brands(program):
    path = corpus(
        program.folder,
        ROW.format(1, 115712, "@Acme_Help my box is dead", ""),
        ROW.format(2, "Acme_Help", "@115712 Please restart it.", 1),
    )
    assert "1 brands" in program.run("import", path, "--named-accounts-as-brands").out
    assert "acme-help" in program.run("cases", "--format", "csv").out


def test_brands_of_flags_are_known_to_later_commands(program, conversation):
    path = program.write(*conversation)
    program.run("import", path, "--brand", "acme=acme,help@acme.example")
    assert program.run("cases", "--format", "csv").out.count(",acme,") == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["none.jsonl"], "none.jsonl: cannot be read (No such file or directory)"),
        (["."], "is a folder"),
    ],
)
def test_files_that_cannot_be_read(program, words, told):
    assert told in program.run("import", *words, code=1).err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "FILE"),
        (["x.csv", "--format", "excel"], 'there is no "excel"; choose one of'),
        (["x.csv", "--brand", "Acme"], '"Acme" is not KEY=ACCOUNT'),
        (["x.csv", "--brand", "acme="], "is not KEY=ACCOUNT"),
        (["x.csv", "--brand", "a=x", "--brand", "b=@X"], "X belongs to a and b"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(program, words, told):
    error = program.run("import", *words, code=2).err
    assert told in error
    assert error.count("\n") == 1


def test_unknown_content_is_told_with_the_choices(program):
    path = program.folder / "notes.txt"
    path.write_text("hello\n")
    error = program.run("import", path, code=1).err
    assert "unknown format; name the format with --format" in error
