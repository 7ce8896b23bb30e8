import io
import json
from dataclasses import replace

from posterplot.inference import settings
from posterplot.inference.predictor import Predictor


def test_a_summary_of_what_was_written(call, model, tmp_path):
    table = tmp_path / "films.csv"
    table.write_text("id,overview\na,grief house letter\nb,gun chase\nc,\n")
    out = tmp_path / "genres.jsonl"
    code, _, err = call("predict", table, "--model", model, "--out", out)
    assert code == 1
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    first = next(g for g in lines[0]["genres"] or ["without a genre"])
    assert "2 films predicted: " in err
    assert f"{first} " in err.partition("predicted: ")[2]
    assert f"predictions written to {out}" in err


def test_a_terminal_shows_once_what_is_not_guaranteed_and_what_is_unfamiliar(
    call, tmp_path, monkeypatch
):
    from rich.console import Console

    nonsense = "Click here to subscribe to our newsletter, and get ten per cent off all shoes."
    table = tmp_path / "films.csv"
    table.write_text(
        "id,title,overview\n"
        "a,Salt,A detective hunts a killer who leaves a poem at every crime scene.\n"
        f'b,Gold,"{nonsense}"\nc,Iron,"{nonsense}"\n'
    )
    stream = io.StringIO()
    monkeypatch.setattr(
        "posterplot.cli.predict.console", Console(file=stream, force_terminal=True, width=40)
    )
    real = Predictor.predict

    def predict(self, films):  # whether a text is familiar depends on the model in the package
        for item in real(self, films):
            yield replace(item, familiar=item.id == "a")

    monkeypatch.setattr(Predictor, "predict", predict)
    monkeypatch.setattr(settings, "_guaranteed", _nothing_guaranteed)
    code, _, err = call("predict", table, "--precision", "0.9")
    assert code == 0
    assert err == (
        "3 films: no genre is predicted: from its overview alone\n"
        "2 films are unlike the films that this model was measured on: trust the genres less\n"
    )
    assert len(stream.getvalue().splitlines()) == 3
    code, _, again = call("predict", table, "--precision", "0.9", "--out", tmp_path / "o.jsonl")
    assert code == 0
    assert err in again


def _nothing_guaranteed(decisions, *_):
    text = "no genre is predicted: from its overview alone"
    thresholds = dict.fromkeys(decisions.thresholds, (1.0,) * len(decisions.scale))
    return decisions.model_copy(update={"thresholds": thresholds, "guarantee_text": text})
