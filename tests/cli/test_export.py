import gzip
import os
import stat

from tests.builders import make_post


def test_an_export_makes_the_same_store_again(program, conversation):
    program.run("import", program.write(*conversation))
    program.run("export", "--output", "out.jsonl.gz")
    first = gzip.decompress((program.folder / "out.jsonl.gz").read_bytes())
    program.database = program.folder / "other.db"
    program.run("import", "out.jsonl.gz")
    program.run("export", "--output", "again.jsonl")
    assert (program.folder / "again.jsonl").read_bytes() == first
    assert first.count(b"\n") == 5


def test_private_posts_stay_unless_a_flag_says_so(program):
    secret = make_post("@acme my account is 4711", visibility="direct")
    program.run("import", program.write(secret))
    told = program.run("export", "--output", "out.jsonl")
    assert "1 private ones left out" in told.err
    assert (program.folder / "out.jsonl").read_bytes() == b""
    program.run("export", "--include-private", "--output", "all.jsonl")
    assert b"4711" in (program.folder / "all.jsonl").read_bytes()


def test_one_brand_may_be_exported(program, conversation):
    other = make_post("@bolt my lamp is dark")
    program.run("import", program.write(*conversation, other), "--brand", "acme=acme")
    told = program.run("export", "--brand", "acme")
    assert told.out.count("\n") == 5
    assert "lamp" not in told.out
    assert 'no brand "bolt"' in program.run("export", "--brand", "bolt", code=2).err


def test_a_folder_that_is_not_there_is_told_and_nothing_is_left(program, conversation):
    program.run("import", program.write(*conversation))
    error = program.run("export", "--output", "none/out.jsonl", code=1).err
    assert "none/out.jsonl: cannot be written" in error


def test_only_the_owner_may_read_an_export(program, conversation):
    program.run("import", program.write(*conversation))
    program.run("export", "--output", "out.jsonl")
    assert (program.folder / "out.jsonl").stat().st_mode & 0o077 == 0


def test_what_is_no_file_is_written_through_and_not_replaced(program, conversation):
    program.run("import", program.write(*conversation))
    link, target = program.folder / "link.jsonl", program.folder / "target.jsonl"
    target.write_bytes(b"old")
    link.symlink_to(target)
    program.run("export", "--output", link)
    assert link.is_symlink()
    assert target.read_bytes().count(b"\n") == 5
    pipe = program.folder / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    program.run("export", "--output", pipe)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert os.read(reader, 1_000_000).count(b"\n") == 5
    os.close(reader)
