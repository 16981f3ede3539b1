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


def test_a_terminal_sees_a_bar_and_a_pipe_does_not(program, conversation, monkeypatch):
    path = program.write(*conversation)
    assert program.run("import", path).err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    told = program.run("import", path)
    assert "posts.jsonl" in told.err
    assert "5 posts, 0 new" in told.out


def test_broken_lines_are_named_and_cost_no_other(program, conversation):
    path = program.write(*conversation)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], b"{broken\n", *lines[1:]]))
    told = program.run("import", path)
    assert "5 posts, 5 new" in told.out
    assert "1 broken line left out" in told.out
    assert told.err.startswith("  posts.jsonl:2: not JSON")


def test_only_the_first_problems_are_shown_and_the_rest_is_counted(program, conversation):
    path = program.write(*conversation)
    with path.open("ab") as file:
        file.write(b"{broken\n" * 9)
    told = program.run("import", path)
    assert "9 broken lines left out" in told.out
    assert told.err.count("not JSON") == 5
    assert told.err.endswith("  and 4 more\n")


def test_what_was_mended_is_noted(program):
    path = corpus(program.folder, ROW.format(1, 115712, "hello", ""))
    path.write_bytes(path.read_bytes().replace(b"hello", b"h\xffllo"))
    told = program.run("import", path)
    assert told.out.endswith(", 1 note\n")
    assert told.err == "  corpus.csv:2: bytes that are no UTF-8 were replaced\n"


def test_no_file_steers_the_terminal(program):
    broken = "1,2,True,\x1b[2Jyesterday\N{RIGHT-TO-LEFT OVERRIDE},hello,,\n"
    told = program.run("import", corpus(program.folder, broken, ROW.format(3, 4, "hi", "")))
    assert "yesterday" in told.err
    assert not {"\x1b", "\N{RIGHT-TO-LEFT OVERRIDE}"} & set(told.err)


def test_a_file_that_fails_stops_no_other(program, conversation):
    path = program.write(*conversation)
    told = program.run("import", "none.jsonl", path, "none.csv", code=1)
    assert "5 posts, 5 new" in told.out
    lines = told.err.splitlines()
    assert [line.split(":")[1].strip() for line in lines[:2]] == ["none.jsonl", "none.csv"]
    assert lines[2] == "listener: 2 of 3 files were not imported"


def test_a_file_of_another_format_is_told_from_an_empty_one(program, conversation):
    path = program.write(*conversation)
    error = program.run("import", path, "--format", "x", code=1).err
    assert "name another one with --format" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("host", ["social.example", "https://Social.example/"])
def test_the_server_of_local_ids_may_be_named(program, host):
    path = program.folder / "statuses.json"
    path.write_text(
        '[{"id":"7","uri":"https://far.example/7","content":"hi","visibility":"public",'
        '"created_at":"2026-03-02T10:00:00Z","account":{"acct":"anna@far.example"}}]'
    )
    program.run("import", path, "--server", host)
    assert '"aliases":["social.example/7"]' in program.run("export").out


def test_an_account_of_a_brand_is_given_to_no_other(program, conversation):
    path = program.write(*conversation)
    program.run("import", path, "--brand", "acme=acme")
    told = program.run("import", path, "--brand", "bolt=@Acme", code=2).err
    assert "belongs to acme" in told


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
    assert "corpus.csv (customer-support-csv): 1 post" in told


def test_names_of_the_corpus_become_brands(program):
    path = corpus(
        program.folder,
        ROW.format(1, 115712, "@Acme_Help my box is dead", ""),
        ROW.format(2, "Acme_Help", "@115712 Please restart it.", 1),
    )
    assert "1 brand" in program.run("import", path, "--named-accounts-as-brands").out
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
        (["x.csv", "--brand", "acme=https://x.com/Acme"], "https://x.com/Acme"),
        (["x.csv", "--brand", "acme=a b"], '"a b"'),
        (["x.csv", "--brand", "a=x", "--brand", "a=y"], "a is given 2 times"),
        (["x.csv", "--server", "my server"], '"my server" is no host'),
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
    assert "unknown format; name it with --format" in error
