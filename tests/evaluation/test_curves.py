import pytest

from posterplot.errors import OutputError, UsageError
from posterplot.evaluation.curves import draw_curves


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_curves_of_two_runs(runs, tmp_path, suffix):
    out = tmp_path / f"curves.{suffix}"
    draw_curves([runs / "tiny-cnn", runs / "tiny-lstm"], out)
    first = out.read_bytes()
    assert len(first) > 10_000
    draw_curves([runs / "tiny-cnn", runs / "tiny-lstm"], out)
    assert out.read_bytes() == first


def test_a_baseline_has_no_history(runs, tmp_path):
    with pytest.raises(UsageError, match="has no history"):
        draw_curves([runs / "tiny-tfidf"], tmp_path / "curves.svg")


def test_an_unknown_kind_of_figure(runs, tmp_path):
    with pytest.raises(OutputError, match="kind"):
        draw_curves([runs / "tiny-cnn"], tmp_path / "curves.pdf")
