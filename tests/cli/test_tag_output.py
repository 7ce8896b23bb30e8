import re


def test_a_film_of_which_nothing_is_guaranteed_is_counted(call, library, monkeypatch):
    def nothing(decisions, kind, level, _):
        text = f"no genre is predicted: a {kind} of {level} cannot be guaranteed"
        thresholds = dict.fromkeys(decisions.thresholds, (1.0,) * len(decisions.scale))
        return decisions.model_copy(update={"thresholds": thresholds, "guarantee_text": text})

    monkeypatch.setattr("posterplot.inference.settings._guaranteed", nothing)
    _, _, err = call("tag", library, "--precision", "0.9")
    message = "1 film: no genre is predicted: a precision of 0.9 cannot be guaranteed"
    assert err.count(message) == 1


def test_on_a_terminal_it_is_a_table(call, library, monkeypatch):
    from rich.console import Console

    from posterplot.cli import tag_output

    console = Console(force_terminal=True, width=60, color_system=None)
    monkeypatch.setattr(tag_output, "console", console)
    _, out, _ = call("tag", library)
    assert max(map(len, out.splitlines())) <= 60
    assert "\x1b" not in out
    assert re.search(r"^write  Salt \(1999\) +.*Crime", out, re.MULTILINE)
    assert re.search(r"^keep   Heat \(1995\) +Crime", out, re.MULTILINE)
    assert re.search(r"^skip   Broken \(2001\) +movie.nfo ends", out, re.MULTILINE)
