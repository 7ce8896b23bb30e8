import resource
from contextlib import contextmanager

import pytest
from tests.conftest import overview_of

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
    code, _, said = predict(whole)
    assert code == 1
    assert f"1 of {FILMS} films" in said
    with stopped_after(films):
        assert predict(out)[0] == 130
    part = _part(tmp_path)
    assert not out.exists()
    assert len(part.read_bytes().splitlines()) == films
    with part.open("ab") as stream:
        stream.write(b'{"id": "f')  # what a process killed while it writes may leave
    code, _, said = predict(out)
    assert code == 2
    assert "--resume" in said
    code, _, said = predict(out, "--resume")
    assert code == 1
    assert f"1 of {FILMS} films" in said
    assert out.read_bytes() == whole.read_bytes()
    assert not part.exists()


def test_a_full_disk_leaves_complete_lines_and_a_hint(predict, tmp_path):
    whole, out = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    predict(whole)
    lines = whole.read_bytes().splitlines(keepends=True)
    with room_for(len(lines[0]) + len(lines[1]) + 5):
        code, _, said = predict(out)
    assert code == 2
    assert "what was written is kept" in said
    assert "--resume" in said
    assert _part(tmp_path).read_bytes() == b"".join(lines[:2])
    assert predict(out, "--resume")[0] == 1
    assert out.read_bytes() == whole.read_bytes()


def test_a_full_disk_at_the_end_loses_no_prediction(predict, tmp_path):
    whole, out = tmp_path / "whole.parquet", tmp_path / "out.parquet"
    predict(whole)
    lines = tmp_path / "lines.jsonl"
    predict(lines)
    with room_for(lines.stat().st_size):  # Parquet of so few films is larger than their lines
        code, _, said = predict(out)
    assert whole.stat().st_size > lines.stat().st_size
    assert code == 2
    assert "cannot be written" in said
    assert _part(tmp_path).read_bytes() == lines.read_bytes()
    assert predict(out, "--resume")[0] == 1
    assert out.read_bytes() == whole.read_bytes()


def test_there_is_nothing_to_resume_without_a_part(predict, stopped_after, tmp_path):
    out = tmp_path / "out.jsonl"
    with stopped_after(0):
        assert predict(out)[0] == 130
    assert not list(tmp_path.glob("out.*"))
    assert predict(out, "--resume")[0] == 1
    assert len(out.read_bytes().splitlines()) == FILMS
    code, _, said = predict(out, "--resume")
    assert code == 2
    assert "exists already" in said


def test_models_and_tables_do_not_mix(predict, stopped_after, table, tmp_path):
    out = tmp_path / "out.jsonl"
    with stopped_after(3):
        predict(out)
    code, _, said = predict(out, "--resume", model="tiny-tfidf")
    assert code == 2
    assert "begun with another model" in said
    table.write_text(table.read_text().replace("f1,", "g1,"))
    code, _, said = predict(out, "--resume")
    assert code == 2
    assert "is of another table: its film 2 is 'f1'" in said
    _part(tmp_path).write_text("[1]\n")
    code, _, said = predict(out, "--resume")
    assert code == 2
    assert "is damaged" in said


def test_resume_needs_an_output(call, table):
    code, _, said = call("predict", table, "--resume")
    assert code == 2
    assert "--out" in said
