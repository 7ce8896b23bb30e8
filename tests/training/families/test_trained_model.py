import pytest
from tests.tiny_bundle import write_tiny_bundle

from posterplot.inference.bundle import OverviewInput, PosterInput
from posterplot.training.families.trained_model import TrainedModel, sources_of

POSTER, OVERVIEW = PosterInput(height=2, width=2), OverviewInput(max_tokens=3)


@pytest.mark.parametrize(
    ("poster", "overview", "titles", "modalities", "single"),
    [
        (POSTER, None, False, ("poster",), ()),
        (None, OVERVIEW, True, ("overview",), ()),
        (POSTER, OVERVIEW, False, ("poster", "overview"), ("poster", "overview")),
        (POSTER, OVERVIEW, True, ("poster", "overview"), ("poster", "overview", "title")),
    ],
)
def test_the_inputs_that_get_decisions_of_their_own(poster, overview, titles, modalities, single):
    model = TrainedModel(b"", None, poster, overview, 1, {}, {}, titles)
    assert model.modalities == modalities
    assert model.single_inputs == single


def test_the_sources_of_all_parts_are_known(tmp_path):
    sources = {"a": ["one", "two"], "b": ["two", "three"]}
    parts = [write_tiny_bundle(tmp_path / k, provenance={"sources": v}) for k, v in sources.items()]
    assert sources_of([*parts, write_tiny_bundle(tmp_path / "c")]) == {"one", "two", "three"}
