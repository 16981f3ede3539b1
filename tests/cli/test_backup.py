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


def test_without_a_database_there_is_nothing_to_back_up(program, tmp_path):
    assert "there is no database" in program.run("backup", tmp_path / "b.db", code=1).err
