import pytest


@pytest.fixture
def filled(program, conversation):
    program.run("import", program.write(*conversation), "--brand", "acme=acme")
    return program


def test_a_person_is_erased_and_figures_are_made_without_them(filled):
    told = filled.run("forget", "@anna").out
    assert "1 posts and 1 replies erased" in told
    assert filled.run("cases", "--format", "csv").out.count("\n") == 2
    assert "anna" not in filled.run("export").out


def test_a_later_import_does_not_bring_the_person_back(filled):
    filled.run("forget", "anna")
    told = filled.run("import", filled.folder / "posts.jsonl").out
    assert "of forgotten people refused" in told
    assert "anna" not in filled.run("export").out


def test_a_brand_is_not_forgotten_by_mistake(filled):
    assert "acme" in filled.run("forget", "@Acme", code=2).err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["@"], "an empty handle names nobody"),
        (["anna", "--platform", "post"], 'there is no "post"; choose x or mastodon'),
        ([], "missing argument 'account'"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(program, words, told):
    error = program.run("forget", *words, code=2).err
    assert told in error
    assert error.count("\n") == 1
