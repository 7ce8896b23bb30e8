import os
import signal
from pathlib import Path

import pytest
import yaml

from posterplot.errors import OutputError
from posterplot.library.outputs import open_outputs
from posterplot.library.plan import Decision

FILM = Decision("a.mkv", title="A", write=("Drama",), predicted=("Drama",))


@pytest.mark.parametrize(
    "names", [(), ("plan.csv",), ("genres.yml",), ("plan.jsonl", "genres.yml")]
)
def test_every_file_that_is_asked_for_gets_every_film(tmp_path, names):
    plan = next((tmp_path / name for name in names if "plan" in name), None)
    kometa = next((tmp_path / name for name in names if "genres" in name), None)
    with open_outputs(plan, kometa, replace=False) as writers:
        for add in writers:
            add(FILM)
        assert not any(path.name in names for path in tmp_path.iterdir())
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    assert all("Drama" in path.read_text() for path in tmp_path.iterdir())


@pytest.mark.parametrize("name", ["plan.csv", "genres.yml"])
def test_no_file_is_ever_replaced(tmp_path, name):
    (tmp_path / name).write_text("mine")
    opening = open_outputs(tmp_path / "plan.csv", tmp_path / "genres.yml", replace=False)
    with pytest.raises(OutputError, match=f"{name}: exists already"):
        opening.__enter__()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "mine"


def test_a_kometa_file_of_an_earlier_call_is_replaced(tmp_path):
    file, link = tmp_path / "genres.yml", tmp_path / "link.yml"
    link.symlink_to(file)
    for path, genre in ((file, "Drama"), (file, "Horror"), (link, "War")):
        with open_outputs(None, path, replace=False) as writers:
            writers[0](Decision("a.mkv", title="A", predicted=(genre,)))
        assert yaml.safe_load(file.read_text())["metadata"]["A"]["genre"] == [genre]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["genres.yml", "link.yml"]
    assert link.is_symlink()


def test_after_an_error_the_kometa_file_of_an_earlier_call_remains(tmp_path):
    plan, kometa = tmp_path / "plan.csv", tmp_path / "genres.yml"
    with open_outputs(None, kometa, replace=False) as writers:
        writers[0](FILM)
    before = kometa.read_text()
    with pytest.raises(KeyError), open_outputs(plan, kometa, replace=False):
        raise KeyError
    assert [path.name for path in tmp_path.iterdir()] == ["genres.yml"]
    assert kometa.read_text() == before


@pytest.mark.parametrize(("plan", "kometa"), [("plan.txt", "genres.yml"), ("plan.csv", "g.txt")])
def test_other_kinds_are_refused_before_anything_is_written(tmp_path, plan, kometa):
    with pytest.raises(OutputError, match="cannot be a"):
        open_outputs(tmp_path / plan, tmp_path / kometa, replace=False).__enter__()
    assert not any(tmp_path.iterdir())


def test_after_a_kill_between_the_two_names_the_next_call_finds_both(tmp_path, monkeypatch):
    paths = (tmp_path / "a" / "plan.csv", tmp_path / "b" / "genres.yml")
    child = os.fork()
    if not child:
        real = Path.replace

        def killing(path, target):
            if target == paths[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(path, target)

        monkeypatch.setattr(Path, "replace", killing)
        try:
            with open_outputs(*paths, replace=False) as writers:
                for add in writers:
                    add(FILM)
        finally:
            os._exit(1)
    os.waitpid(child, 0)
    assert [path.exists() for path in paths] == [False, True]
    with pytest.raises(OutputError, match=r"plan\.csv: exists already"):
        open_outputs(*paths, replace=False).__enter__()
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == ["genres.yml", "plan.csv"]
    assert all("Drama" in path.read_text() for path in paths)
