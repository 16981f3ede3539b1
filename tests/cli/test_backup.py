"""`listener backup` and `listener restore`."""


def test_a_backup_fills_another_database(program, conversation, tmp_path):
    program.run("import", program.write(*conversation), "--brand", "acme=acme")
    told = program.run("backup", tmp_path / "backup.db").out
    assert told.rstrip().endswith("backup.db")
    exported = program.run("export").out
    program.database = tmp_path / "second.db"
    assert ": 5 posts" in program.run("restore", tmp_path / "backup.db").out
    assert program.run("export").out == exported


def test_nothing_is_replaced_by_mistake(program, conversation, tmp_path):
    program.run("import", program.write(*conversation), "--brand", "acme=acme")
    program.run("backup", tmp_path / "backup.db")
    assert "--force" in program.run("backup", tmp_path / "backup.db", code=2).err
    program.run("backup", "--force", tmp_path / "backup.db")
    assert "is not empty" in program.run("restore", tmp_path / "backup.db", code=1).err


def test_a_file_that_may_not_be_replaced_is_wrong_usage_and_a_disk_that_fails_is_not(
    program, conversation, tmp_path
):
    program.run("import", program.write(*conversation), "--brand", "acme=acme")
    program.run("backup", tmp_path / "backup.db")
    before = (tmp_path / "backup.db").read_bytes()
    (line,) = program.run("backup", tmp_path / "backup.db", code=2).err.splitlines()
    assert line.endswith("exists; choose another name, or replace it with --force")
    (line,) = program.run("backup", program.database, "--force", code=2).err.splitlines()
    assert "is the database itself" in line
    (line,) = program.run("backup", tmp_path / "none" / "backup.db", code=1).err.splitlines()
    assert "cannot be used (No such file or directory)" in line
    (line,) = program.run("init", tmp_path / "backup.db", code=2).err.splitlines()
    assert "exists already" in line
    assert (tmp_path / "backup.db").read_bytes() == before


def test_without_a_database_there_is_nothing_to_back_up(program, tmp_path):
    assert "there is no database" in program.run("backup", tmp_path / "b.db", code=1).err
