import pytest

from tests.builders import talk


@pytest.fixture
def filled(migrated, program, conversation):
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
    assert "refused (of forgotten people" in told
    assert "anna" not in filled.run("export").out


def test_a_brand_is_not_forgotten_by_mistake(filled):
    assert "acme" in filled.run("forget", "@Acme", code=2).err


def test_a_misspelt_name_is_told(filled):
    assert "nothing by or about annna is here" in filled.run("forget", "annna").err


def test_answers_to_a_forgotten_person_open_no_cases(program):
    asked, helped, third = talk(
        "anna: @acme my parcel is lost",
        "+5m acme: @anna Please send us a DM.",
        "+9m ben: @acme @anna good luck with that",
    )
    program.run("import", program.write(asked, helped, third), "--brand", "acme=acme")
    program.run("forget", "anna")
    assert program.run("cases", "--format", "csv").out.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["@"], "is no handle, such as anna"),
        (["a b c"], "is no handle"),
        (["anna", "--platform", "post"], 'there is no "post"; choose x or mastodon'),
        ([], "missing argument 'account'"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(program, words, told):
    error = program.run("forget", *words, code=2).err
    assert told in error
    assert error.count("\n") == 1
