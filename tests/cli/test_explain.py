import json

import pytest
from tests.conftest import poster_bytes


def test_one_film(call, joint_run, tmp_path):
    poster = tmp_path / "poster.jpg"
    poster.write_bytes(poster_bytes(("Action",), 1))
    film = ("--poster", poster, "--overview", "a [bold]gun[/bold]", "--title", "The Blast")
    out = tmp_path / "out"
    code, output, err = call(
        *("explain", *film, "--genre", "dRAMA", "--model", joint_run, "--out", out)
    )
    assert code == 0
    assert "explanations written" in err
    assert "a [bold]gun[/bold]" in output
    assert "The Blast" in output
    assert "without the poster: " in output
    assert f"open {out / 'index.html'} in a browser" in err
    assert {p.name for p in out.iterdir()} == {"The-Blast", "index.html"}
    assert {p.name for p in (out / "The-Blast").iterdir()} == {
        "explanation.json",
        "index.html",
        "poster.jpg",
        "Drama.png",
    }


@pytest.mark.parametrize("method", ["attention", "occlusion"])
def test_a_method_by_name(call, joint_run, tmp_path, method):
    out = tmp_path / "out"
    film = ("--overview", "a gun", "--model", joint_run / "bundle")
    assert call("explain", *film, "--method", method, "--out", out)[0] == 0
    record = json.loads((out / "film/explanation.json").read_text())
    assert record["explanations"][0]["overview"]["method"] == method
    assert record["explanations"][0]["poster"] is None


def test_a_table_with_bad_films(call, joint_run, tmp_path):
    (tmp_path / "good.jpg").write_bytes(poster_bytes(("Drama",), 1))
    (tmp_path / "bad.jpg").write_bytes(poster_bytes(("Drama",), 1)[:300])
    table = tmp_path / "films.csv"
    table.write_text(
        "id,title,overview,poster\n"
        "a,Good,a letter,good.jpg\n"
        "b,Half,a letter,bad.jpg\n"
        "c,None,,bad.jpg\n"
        "x,Odd,a letter,,one cell too many\n"
    )
    out = tmp_path / "out"
    code, output, err = call("explain", table, "--model", joint_run, "--out", out)
    assert (code, output) == (1, "")
    assert "b Half: poster is" in err
    assert "2 of 4 films could not be used; 1 of 4 films could be used only in part" in err
    assert {p.name for p in out.iterdir()} == {"a", "b", "index.html"}


def test_a_film_of_which_every_part_fails_is_counted_once(call, joint_run, tmp_path):
    table = tmp_path / "films.csv"
    # the catalogue refuses the overview of the first film, and the poster is damaged
    table.write_text("id,overview,poster\na,Drama,bad.jpg\nb,a letter,../b.jpg\n")
    (tmp_path / "bad.jpg").write_bytes(poster_bytes(("Drama",), 1)[:300])
    _, _, err = call("explain", table, "--model", joint_run, "--out", tmp_path / "out")
    assert err.count("\na: ") + err.startswith("a: ") == 2
    assert "1 of 2 films could not be used; 1 of 2 films could be used only in part" in err


def test_a_split_of_a_dataset(call, joint_run, dataset, tmp_path):
    out = tmp_path / "out"
    films = [film.id for film in dataset.films("test")]
    code, _, _ = call("explain", "--data", dataset.path, "--model", joint_run, "--out", out)
    assert code == 0
    assert {p.name for p in out.iterdir()} == {*films, "index.html"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give a catalogue, or --data"),
        (["films.csv", "--overview", "x"], "a catalogue and --overview exclude each other"),
        (["films.csv", "--data", "x"], "a catalogue and --data exclude each other"),
        (["--overview", "x", "--model", "nowhere"], "no such folder"),
        (["--overview", "x", "--model", "RUN", "--genre", "Romanc"], "nearest: Romance"),
        (
            ["--overview", "x", "--model", "RUN", "--method", "lime"],
            "this model: attention, evidence",
        ),
        (["--overview", "x", "--model", "RUN/bundle", "--method", "grad-cam"], "needs a run"),
        (["--data", "nowhere", "--model", "RUN"], "no such folder"),
        (["nowhere.csv", "--model", "RUN"], "no such file"),
    ],
)
def test_a_wrong_call_is_one_clear_line(call, joint_run, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    arguments = [argument.replace("RUN", str(joint_run)) for argument in arguments]
    code, out, err = call("explain", *arguments, "--out", "out")
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1, err
    assert message in err
    assert list(tmp_path.iterdir()) == []


def test_existing_files_are_not_replaced(call, joint_run, tmp_path):
    (tmp_path / "mine").write_text("mine")
    arguments = ("--overview", "x", "--model", joint_run, "--out", tmp_path)
    code, _, err = call("explain", *arguments)
    assert code == 2
    assert "exists already" in err


def test_integrated_gradients_show_their_progress(call, joint_run, tmp_path, monkeypatch):
    monkeypatch.setattr("posterplot.cli.console._LOG_EVERY", 0.0)
    film = ("--overview", "a gun", "--genre", "Drama", "--genre", "Action")
    method = ("--method", "integrated-gradients")
    code, _, err = call("explain", *film, *method, "--model", joint_run, "--out", tmp_path / "out")
    assert code == 0, err
    assert "explaining: 1 of 2 genres" in err
    record = json.loads((tmp_path / "out/film/explanation.json").read_text())
    assert [e["genre"] for e in record["explanations"]] == ["Drama", "Action"]
    scores = [[w["score"] for w in e["overview"]["words"]] for e in record["explanations"]]
    assert scores[0] != scores[1]


def test_several_posters_are_several_films(call, joint_run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for n in range(2):
        (tmp_path / f"{n}.jpg").write_bytes(poster_bytes(("Drama",), n))
    posters = ("--poster", "0.jpg", "--poster", "1.jpg")
    code, output, err = call("explain", *posters, "--model", joint_run, "--out", "out")
    assert (code, output) == (0, ""), err
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"0.jpg", "1.jpg", "index.html"}
