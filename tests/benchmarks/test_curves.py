import pytest

from curves import draw_curves
from posterplot.errors import OutputError, UsageError


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_curves_of_two_runs(runs, tmp_path, suffix):
    out = tmp_path / f"curves.{suffix}"
    draw_curves([runs / "tiny-cnn", runs / "tiny-lstm"], out)
    first = out.read_bytes()
    assert len(first) > 10_000
    again = tmp_path / f"again.{suffix}"
    draw_curves([runs / "tiny-cnn", runs / "tiny-lstm"], again)
    assert again.read_bytes() == first


def test_a_baseline_has_no_history(runs, tmp_path):
    with pytest.raises(UsageError, match="has no history"):
        draw_curves([runs / "tiny-tfidf"], tmp_path / "curves.svg")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "has no finished epoch"),
        (b"epoch,validation_loss\n0,\n", "has no finished epoch"),
        (b"\x89PNG\xff\x00\xfe\n\x00", "is not the history"),
        (b"some,thing\n1,2\n", "is not the history"),
        (b"epoch,validation_loss\n0,0.5\n", "is not the history"),
        (None, "is not the history"),
    ],
)
def test_a_damaged_history(runs, tmp_path, content, message):
    if content is None:
        content = (runs / "tiny-cnn" / "history.csv").read_bytes().replace(b"0.", b"x", 1)
    (tmp_path / "history.csv").write_bytes(content)
    with pytest.raises(UsageError, match=f"history.csv: {message}"):
        draw_curves([tmp_path], tmp_path / "curves.svg")
    assert not (tmp_path / "curves.svg").exists()


def test_an_unknown_metric_is_refused(runs, tmp_path):
    with pytest.raises(OutputError, match="cannot be a"):
        draw_curves([runs / "tiny-cnn"], tmp_path / "curves.pdf")
