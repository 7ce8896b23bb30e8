import json

import pytest
from PIL import Image

from posterplot.cli import app
from posterplot.demo.pipeline import run


@pytest.mark.usefixtures("quick_export")
def test_the_demo_runs_on_few_films(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "160")
    out = tmp_path / "demo"
    changes = ("fit.epochs=1", "fit.accelerator=cpu")
    run(out, lambda words: app(words, standalone_mode=False), films=80, changes=changes)
    output = capsys.readouterr().out
    assert "Results on test films" in output
    assert "late fusion is" in output
    lines = [json.loads(line) for line in (out / "predictions.jsonl").read_text().splitlines()]
    assert len(lines) == 80
    with Image.open(out / "gallery.jpg") as gallery:
        assert gallery.width > 1000
    assert "poster-cnn, overview-lstm, overview-tfidf and late-fusion" in (
        out / "report.html"
    ).read_text(encoding="utf-8")
    assert {p.name for p in (out / "runs").iterdir()} == {
        "poster-cnn",
        "overview-lstm",
        "overview-tfidf",
        "late-fusion",
    }
