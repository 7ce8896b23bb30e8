import pytest


def test_columns_are_named(call, table):
    table.write_text("a,b\nHeat,A thief meets a policeman.\n")
    code, out, err = call("prepare", table, "--dry-run")
    assert (code, out) == (2, "")
    assert "name it: --column overview=COLUMN" in err
    code, out, _ = call("prepare", table, "--dry-run", "--column", "overview=b", "--column=title=A")
    assert code == 0
    assert "row-2: Heat; no genres" in out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--column", "overview"], "'overview' is not a field and a column"),
        (["--column", "plot=Plot"], "there is no field 'plot'"),
        (["--column", "overview=Plott"], "has no column 'Plott'; the nearest: Plot"),
        (["--encoding", "klingon"], "there is no encoding 'klingon'"),
        (["--labels", "none.csv"], "none.csv: no such file"),
        (["--seed", "4294967296"], "'--seed': Input should be less than or equal to 4294967295"),
    ],
)
def test_options_that_are_wrong_are_one_line(call, table, options, message):
    code, out, err = call("prepare", table, "--dry-run", *options)
    assert (code, out) == (2, "")
    assert message in err.splitlines()[-1]


def test_without_an_output(call, table):
    code, _, err = call("prepare", table)
    assert code == 2
    assert "name it with --out" in err


def test_labels_of_another_file(call, table, tmp_path):
    (tmp_path / "labels.csv").write_text("imdb_id,genres\ntt1,War\n")
    code, out, err = call("prepare", table, "--dry-run", "--labels", tmp_path / "labels.csv")
    assert code == 0
    assert "the genres of 1 film are from labels.csv, which has 1 row" in err
    assert "tt1: Heat (1995); War" in out


def test_a_single_group_is_counted_as_one(call, table, tmp_path):
    rows = [f"Film {n % 4},{1990 + n % 4},A thief meets number {n}.,Drama" for n in range(5)]
    table.write_text("\n".join(["title,year,overview,genres", *rows]))
    code, _, err = call("prepare", table, "--out", tmp_path / "dataset")
    assert code == 0, err
    assert "1 genre; 2 films are duplicates, in 1 group\n" in err
