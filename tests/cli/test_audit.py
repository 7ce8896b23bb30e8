import csv

import pytest


def test_a_list_a_table_and_a_page(call, runs, catalogue, tmp_path):
    out = tmp_path / "audit.csv"
    code, output, err = call("audit", catalogue, "--model", runs / "tiny-fusion", "--out", out)
    assert code == 0, err
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert {row["kind"] for row in rows} <= {"given", "missing"}
    errors = [float(row["label_error_probability"]) for row in rows]
    assert errors == sorted(errors, reverse=True)
    assert rows[0]["title"] in output
    page = (tmp_path / "audit.html").read_text()
    assert rows[0]["title"] in page
    assert "data:image/jpeg;base64," in page
    assert '<mark class="' in page
    assert "http" not in page.replace("https://", "http")
    assert "60 films checked" in err


def test_a_single_label_is_counted_as_one(call, runs, catalogue, tmp_path):
    out = tmp_path / "audit.csv"
    code, _, err = call(
        "audit", catalogue, "--model", runs / "tiny-fusion", "--out", out, "--top=1"
    )
    assert code == 0, err
    assert f"1 label written to {out}" in err


@pytest.mark.parametrize("name", ["audit.jsonl", "there.csv"])
def test_invalid_outputs_are_refused(call, catalogue, tmp_path, name):
    (tmp_path / "there.html").touch()
    code, _, err = call("audit", catalogue, "--out", tmp_path / name)
    assert code == 2
    assert ("name a .csv file" in err) or ("exists already" in err)
