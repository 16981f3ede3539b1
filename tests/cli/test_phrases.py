def test_phrases_are_tried_on_the_posts_of_the_store(program, conversation):
    program.run("import", program.write(*conversation), "--brand", "acme=acme")
    own = program.folder / "mine"
    own.mkdir()
    (own / "en.toml").write_text('[brand.form]\nadd = ["hold the button", "carrier pigeon"]\n')
    printed = program.run("phrases", "check", own, "--stored").out.splitlines()
    assert printed[0] == "In 5 stored posts:"
    assert printed[1].startswith("mine/en.toml/brand.form/2: dead, matches nothing in these posts")
    assert "1 to look at" in printed[-1]
    assert len(printed) == 3


def test_without_a_database_the_next_step_is_told(program):
    assert "there is no database" in program.run("phrases", "check", "--stored", code=1).err
