import json
import os
import re
import subprocess
import sys

import pytest
from tests.library.conftest import add_film, contents
from tests.library.oddities import ODDITIES, nfo


@pytest.fixture(autouse=True)
def state(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


def test_the_plan_changes_nothing_and_says_why(call, library, tmp_path):
    before = contents(library)
    code, out, err = call("tag", library, "--out", tmp_path / "plan.jsonl")
    assert (code, contents(library)) == (1, before)
    lines = [line.split("\t") for line in out.splitlines()]
    assert [(line[0], line[1]) for line in lines] == [
        ("skip", "Broken (2001)/Broken (2001).mkv"),
        ("keep", "Heat (1995)/Heat (1995).mkv"),
        ("write", "Salt (1999)/Salt (1999).mkv"),
        ("skip", "Show"),
        ("skip", r"line\nbreak\x1b[31m/line\nbreak\x1b[31m.mkv"),
    ]
    assert "ends before </movie>" in lines[0][3]
    assert lines[1][2] == "Crime"
    assert "Crime" in lines[2][2]  # a gang of thieves plans a murder
    assert "1 film to write, 1 kept, 3 skipped" in err
    plan = [json.loads(line) for line in (tmp_path / "plan.jsonl").read_text().splitlines()]
    assert [film["action"] for film in plan] == [line[0] for line in lines]
    assert plan[2]["write"] == lines[2][2].split(", ")
    assert set(plan[2]["probabilities"]) > {"Drama", "Sci-Fi"}
    assert plan[0]["probabilities"] == {}


def test_writing_and_undoing(call, library):
    before = contents(library)
    code, _, err = call("tag", library, "--write", "--series", "--names", "imdb")
    assert code == 1
    assert "2 films written" in err
    assert "Jellyfin" in err
    assert "Kodi" in err
    after = contents(library)
    genres = re.findall(rb"<genre>(.*?)</genre>", after["Salt (1999)/movie.nfo"])
    assert b"Crime" in genres
    assert b"\r\n  <genre>Crime</genre>\r\n" in after["Salt (1999)/movie.nfo"]
    assert b"<genre>Sci-Fi</genre>" in after["Show/tvshow.nfo"]
    code, _, err = call("tag", library, "--undo")
    assert code == 0
    assert "2 files restored" in err
    assert contents(library) == before


def test_undo_says_that_earlier_runs_can_be_undone_too(call, library):
    add_film(library, "Tide (1983)", ODDITIES["CRLF"].data)
    before = contents(library)
    tide, aside = library / "Tide (1983)", library.parent / "Tide (1983)"
    tide.rename(aside)
    call("tag", library, "--write")
    aside.rename(tide)
    call("tag", library, "--write")
    _, _, err = call("tag", library, "--undo")
    assert "1 earlier run can be undone as well: run --undo again" in err
    _, _, err = call("tag", library, "--undo")
    assert "earlier run" not in err
    assert contents(library) == before


def test_undo_says_that_a_run_stays_while_a_disk_is_not_mounted(call, library):
    before = contents(library)
    call("tag", library, "--write")
    library.rename(library.with_name("unmounted"))
    library.mkdir()
    code, _, err = call("tag", library, "--undo")
    assert code == 1
    assert "is gone, and the library is empty; mount its disk and undo again" in err
    assert "the run stays: --undo restores these files once they can be written" in err
    assert "earlier run" not in err
    library.rmdir()
    library.with_name("unmounted").rename(library)
    code, _, err = call("tag", library, "--undo")
    assert (code, contents(library)) == (0, before)
    assert "stays" not in err


def test_undo_lists_what_it_leaves(call, library):
    call("tag", library, "--write")
    (library / "Salt (1999)" / "movie.nfo").write_bytes(b"<movie>mine</movie>")
    code, _, err = call("tag", library, "--undo")
    assert code == 1
    assert "Salt (1999)/movie.nfo: was changed since, and is left as it is" in err
    assert "0 files restored, 1 left as they are" in err


def test_a_kometa_file_holds_films_without_an_nfo_too(call, tmp_path):
    from PIL import Image

    folder = add_film(tmp_path / "films", "The Salt Ship (1999)", None)
    Image.new("RGB", (200, 300), "black").save(folder / "poster.jpg")
    code, _, err = call("tag", tmp_path / "films", "--kometa", tmp_path / "genres.yml")
    assert code == 0, err
    assert '"The Salt Ship (1999)":' in (tmp_path / "genres.yml").read_text()


@pytest.mark.parametrize("film", ["", "Salt (1999)"])
def test_kodi_is_asked_for_absolute_paths(call, library, film, monkeypatch):
    requested = []

    class Kodi:
        def __init__(self, url):
            pass

        def refresh(self, paths):
            requested.extend(paths)
            return paths

    monkeypatch.setattr("posterplot.library.servers.Kodi", Kodi)
    _, _, err = call("tag", library / film, "--write", "--kodi", "http://localhost")
    video = str(library / "Salt (1999)/Salt (1999).mkv")
    assert requested == [video]
    assert f"{video}: Kodi's library has no film with this folder and name" in err


def test_a_kometa_file_of_every_night_keeps_the_films_written_before(call, library, tmp_path):
    files = []
    for _ in range(2):
        call("tag", library, "--write", "--kometa", tmp_path / "genres.yml")
        files.append((tmp_path / "genres.yml").read_text())
    assert "Crime" in files[0]
    assert files[1] == files[0]


def test_a_kometa_file_of_every_night_keeps_the_series_written_before(call, library, tmp_path):
    show = library / "Long Winter"
    (show / "Season 1").mkdir(parents=True)
    (show / "Season 1/Long Winter S01E01.mkv").write_bytes(b"video")
    plot = "A detective hunts a killer through a frozen city."
    text = f"<tvshow><title>Long Winter</title><plot>{plot}</plot></tvshow>"
    (show / "tvshow.nfo").write_text(text)
    files = []
    for _ in range(2):
        call("tag", library, "--series", "--write", "--kometa", tmp_path / "genres.yml")
        files.append((tmp_path / "genres.yml").read_text())
    assert '"Long Winter":' in files[0]
    assert files[1] == files[0]


@pytest.mark.parametrize("output", ["a closed pipe", "a full disk"])
def test_an_error_of_standard_output_is_not_blamed_on_the_plan(library, tmp_path, output):
    before = contents(library)
    plan = tmp_path / "plan.jsonl"
    if output == "a full disk":
        handle = os.open("/dev/full", os.O_WRONLY)
    else:
        reading, handle = os.pipe()
        os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "posterplot", "tag", library, "--write", "--out", plan],
        stdout=handle,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(handle)
    stopped, *error = done.stderr.splitlines()[-2:] if output == "a full disk" else [done.stderr]
    assert stopped.startswith("stopped; run it again to continue, or --undo")
    if output == "a full disk":
        reason = "standard output cannot be written (No space left on device)"
        assert error == [f"posterplot: {reason}; write to another file"]
    assert done.returncode == (2 if output == "a full disk" else 141)
    assert contents(library) != before
    assert not plan.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "no such folder"),
        (["--undo"], "no such folder"),
        (["--undo", "--write"], "--undo does not go together with --write"),
        (["--add", "--replace"], "do not go together"),
        (["--dry-run", "--write"], "--dry-run and --write exclude each other"),
        (["--undo", "--only-familiar"], "--undo does not go together with --only-familiar"),
        (["--kodi", "http://localhost"], "--kodi needs --write"),
        (["--jellyfin", "http://localhost"], "--jellyfin needs --write"),
        (["--write", "--kodi", "kodi"], "is not the address"),
    ],
)
def test_a_wrong_call_is_one_clear_line(call, tmp_path, options, message):
    code, out, err = call("tag", tmp_path / "nowhere", *options)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert message in err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--names", "netflix"], "no genre names 'netflix'"),
        (["--names", "nowhere.toml"], "cannot be read"),
        (["--out", "plan.txt"], "use .jsonl or .csv"),
        (["--kometa", "plan.txt"], "use .yml"),
        (["--undo"], "nothing to undo"),
    ],
)
def test_a_wrong_option_changes_nothing(call, library, tmp_path, monkeypatch, options, message):
    monkeypatch.chdir(tmp_path)
    before = contents(tmp_path)
    code, out, err = call("tag", library, *options)
    assert (code, out) == (2, "")
    assert message in err
    assert contents(tmp_path) == before


def test_unfamiliar_films_are_left_out_and_counted(call, library):
    licence = "Permission is granted to copy, modify and sell the software without warranty. " * 4
    strange = nfo().replace("{plot}", licence)
    add_film(library, "Licence (2003)", strange.encode())
    _, out, err = call("tag", library, "--only-familiar")
    [line] = [line for line in out.splitlines() if "Licence" in line]
    assert line.startswith("skip")
    assert line.endswith("measured on: left out by --only-familiar")
    assert "write\tSalt (1999)" in out
    assert "1 film to write, 1 kept, 4 skipped" in err
    assert "of the skipped, 1 left out by --only-familiar: unlike the films" in err


def test_an_empty_library_is_said_to_be_empty(call, tmp_path):
    code, out, err = call("tag", tmp_path, "--out", tmp_path / "plan.csv")
    assert (code, out) == (2, "")
    assert "no films found: a film is a video file" in err
    assert list(tmp_path.iterdir()) == []
