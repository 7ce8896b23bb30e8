import json
import os
import re
import resource
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from tests.conftest import overview_of, poster_bytes

from posterplot.files import output_lock
from posterplot.inference.predictor import Predictor

FILMS = 9


@pytest.fixture
def table(tmp_path):
    """Films with an overview, and among them a row that cannot be read."""
    rows = [f"f{n},Title {n},{overview_of(('Drama',), n)},nowhere" for n in range(FILMS)]
    rows[4] = "f4,Odd,a letter,nowhere,one cell too many"
    path = tmp_path / "films.csv"
    path.write_text("\n".join(["id,title,overview,split", *rows, ""]))
    return path


@pytest.fixture
def predict(call, runs, table):
    def run(out, *more, model="tiny-lstm"):
        return call("predict", table, "--model", runs / model, "--out", out, *more)

    return run


@pytest.fixture
def stopped_after(monkeypatch):
    """Let the power fail after some answers."""
    whole = Predictor.predict

    @contextmanager
    def stop(films):
        def some(self, *arguments):
            for n, answer in enumerate(whole(self, *arguments)):
                if n == films:
                    raise KeyboardInterrupt
                yield answer

        with monkeypatch.context() as patched:
            patched.setattr(Predictor, "predict", some)
            yield

    return stop


@contextmanager
def room_for(size):
    """Let no file grow beyond a size, as on a disk that runs full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _part(tmp_path):
    (part,) = tmp_path.glob("out.*.part")
    return part


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
@pytest.mark.parametrize("films", [2, 7])
def test_an_interrupted_call_resumes_to_the_same_output(
    predict, stopped_after, tmp_path, suffix, films
):
    whole, out = tmp_path / f"whole.{suffix}", tmp_path / f"out.{suffix}"
    code, _, err = predict(whole)
    assert code == 1
    assert f"1 of {FILMS} films" in err
    with stopped_after(films):
        assert predict(out)[0] == 130
    part = _part(tmp_path)
    assert not out.exists()
    assert len(part.read_bytes().splitlines()) == films
    with part.open("ab") as stream:
        stream.write(b'{"film": 3, "dig')  # what a process killed while it writes may leave
    code, _, err = predict(out)
    assert code == 2
    assert "--resume" in err
    code, _, err = predict(out, "--resume")
    assert code == 1
    assert f"1 of {FILMS} films" in err
    assert out.read_bytes() == whole.read_bytes()
    assert not part.exists()


def test_a_full_disk_leaves_complete_lines_and_a_hint(predict, tmp_path):
    whole, out = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    predict(whole)
    with room_for(700):
        code, _, err = predict(out)
    assert code == 2
    assert "what was written is kept" in err
    assert "--resume" in err
    lines = _part(tmp_path).read_bytes().splitlines(keepends=True)
    assert 2 <= len(lines) < FILMS
    assert all(line.endswith(b"}\n") for line in lines)
    assert predict(out, "--resume")[0] == 1
    assert out.read_bytes() == whole.read_bytes()


def test_a_full_disk_at_the_end_loses_no_prediction(predict, tmp_path):
    whole, out = tmp_path / "whole.parquet", tmp_path / "out.parquet"
    predict(whole)
    with room_for(whole.stat().st_size - 1):  # Parquet of so few films is larger than their lines
        code, _, err = predict(out)
    assert code == 2
    assert "cannot be written" in err
    assert len(_part(tmp_path).read_bytes().splitlines()) == FILMS + 1
    assert predict(out, "--resume")[0] == 1
    assert out.read_bytes() == whole.read_bytes()


def test_there_is_nothing_to_resume_without_a_part(predict, stopped_after, tmp_path):
    out = tmp_path / "out.jsonl"
    with stopped_after(0):
        assert predict(out)[0] == 130
    assert not list(tmp_path.glob("out.*"))
    assert predict(out, "--resume")[0] == 1
    assert len(out.read_bytes().splitlines()) == FILMS
    code, _, err = predict(out, "--resume")
    assert code == 2
    assert "exists already" in err


def test_models_and_tables_do_not_mix(predict, stopped_after, table, tmp_path):
    out = tmp_path / "out.jsonl"
    with stopped_after(3):
        predict(out)
    code, _, err = predict(out, "--resume", model="tiny-tfidf")
    assert code == 2
    assert "was started with another model or other options; use those, remove it" in err
    table.write_text(table.read_text().replace("f1,", "g1,"))
    code, _, err = predict(out, "--resume")
    assert code == 2
    assert "is of another table: its film 2 is 'f1'" in err
    for damaged in ("[1]", "1", '{"film": -1, "digest": "", "row": {"id": "f1"}}'):
        _part(tmp_path).write_text(f"{damaged}\n")
        code, _, err = predict(out, "--resume")
        assert code == 2
        assert "is damaged" in err


def test_resume_needs_an_output(call, table):
    code, _, err = call("predict", table, "--resume")
    assert code == 2
    assert "--out" in err


def test_answers_of_other_texts_and_posters_are_made_anew(
    call, runs, catalogue, stopped_after, monkeypatch, tmp_path
):
    """The same ids, but another overview and other bytes in a poster's file."""
    shutil.copytree(catalogue.parent, tmp_path / "films")
    table, out, whole = tmp_path / "films" / "films.csv", tmp_path / "o.csv", tmp_path / "w.csv"
    options = ("predict", table, "--model", runs / "tiny-fusion")
    with stopped_after(20):
        assert call(*options, "--out", out)[0] == 130
    rows = table.read_text().splitlines(keepends=True)
    assert rows[3].startswith("f2,")
    rows[3] = re.sub("Film 2: [^,]*", "A gun and a chase.", rows[3])
    table.write_text("".join(rows))
    for n in (5, 40):
        poster = table.parent / "posters" / f"{n}.jpg"
        stamp = poster.stat()
        poster.write_bytes(poster_bytes(("Romance",), 99))
        os.utime(poster, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    predicted = []
    run = Predictor._predict_one
    monkeypatch.setattr(
        Predictor, "_predict_one", lambda self, film: predicted.append(film.id) or run(self, film)
    )
    code, _, err = call(*options, "--out", out, "--resume")
    assert code == 0, err
    assert sorted(predicted) == sorted(["f2", "f5", *(f"f{n}" for n in range(20, 60))])
    assert call(*options, "--out", whole)[0] == 0
    assert out.read_bytes() == whole.read_bytes()


def test_a_second_predict_to_one_output_is_refused(predict, tmp_path):
    out = tmp_path / "out.jsonl"
    lock = output_lock(out)
    with ThreadPoolExecutor(1) as other:  # a lock is a thread's, as it is a process's
        other.submit(lock.__enter__).result()
        for more in ((), ("--resume",)):
            code, _, err = predict(out, *more)
            assert code == 2
            assert len(err.splitlines()) == 1
            assert "is being written by another posterplot" in err
        other.submit(lock.__exit__, None, None, None).result()
    assert predict(out)[0] == 1


def test_killed_after_the_output_was_written(predict, stopped_after, tmp_path):
    """The next call says that the output is there, and removes what is no longer needed."""
    out = tmp_path / "out.jsonl"
    with stopped_after(3):
        predict(out)
    part = _part(tmp_path)
    started = part.read_bytes()
    predict(out, "--resume")
    part.write_bytes(started + b'{"finished": true}\n')
    code, _, err = predict(out, "--resume")
    assert code == 2
    assert "exists already" in err
    assert not part.exists()
    part.write_bytes(started)  # not finished: somebody else wrote the output
    assert predict(out, "--resume")[0] == 2
    assert part.exists()


def test_a_row_of_a_film_comes_after_its_rejected_poster(predict, call, runs, tmp_path):
    table = tmp_path / "two.csv"
    table.write_text("id,overview,poster\na,A gun.,nowhere.jpg\nb,A kiss.,\n")
    out = tmp_path / "two.jsonl"
    options = ("predict", table, "--model", runs / "tiny-fusion", "--out", out)
    assert call(*options)[0] == 1
    first, second = (json.loads(line) for line in out.read_text().splitlines())
    assert "not found" in first["problem"]
    assert "problem" not in second
