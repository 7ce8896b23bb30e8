import pytest


@pytest.mark.parametrize("verb", ["prepare", "predict"])
def test_a_dry_run_says_what_is_understood_and_does_nothing(call, table, verb, tmp_path):
    code, out, err = call(verb, table, "--dry-run")
    assert code == 0
    assert "filme.csv: read as CP1252" in err
    assert "filme.csv: columns are separated by semicolons" in err
    for line in (
        "format     CSV table",
        "used       id from Const, title from Series_Title, year from Released_Year, overview from"
        " Plot, genres from Genre",
        "unused     Budget",
        "rows       2; 1 films, 1 rejected",
        "tt1: Heat (1995); Crime, Drama",
        "1 × film: overview says nothing (filme.csv row 3: 'N/A')",
    ):
        assert line in out
    assert list(tmp_path.iterdir()) == [table]
