import pytest
from PIL import Image
from tests.conftest import poster_bytes
from tests.serve.conftest import OVERVIEW, encoded, in_base64

from posterplot.explain.render.overlays import draw_overlays
from posterplot.films import Film
from posterplot.inference.prediction_files import prediction_rows
from posterplot.serve import limits
from posterplot.serve.http import schemas


def test_films_as_json_get_the_predictions_of_the_command_line(client, predictor):
    poster = poster_bytes(("Action",), 1)
    films = [
        {"id": "a", "title": "One", "overview": OVERVIEW, "poster": in_base64(poster)},
        {"id": "b", "poster": in_base64(poster)},
        {"id": "c", "overview": "grief " * 30},
    ]
    answer = client.post("/v1/predict", json={"films": films})
    assert answer.status_code == 200
    schemas.PredictResponse.model_validate(answer.json())
    films_of_response = answer.json()["films"]
    offline = predictor.predict(
        [
            Film("a", "One", None, OVERVIEW, (), poster),
            Film("b", poster=poster),
            Film("c", overview="grief " * 30),
        ]
    )
    decisions = predictor.bundle.manifest.decisions
    for line, known in zip(films_of_response, prediction_rows(offline), strict=True):
        thresholds = line.pop("thresholds")
        assert line.keys() == known.keys()
        assert line["probabilities"] == pytest.approx(known["probabilities"], abs=2e-4)
        assert line["modalities"] == known["modalities"]
        beyond = {g: p - thresholds[g] for g, p in line["probabilities"].items()}
        # probabilities are rounded to four digits, so those at a threshold are not compared
        assert {g for g, by in beyond.items() if by > 1e-4} <= set(line["genres"])
        assert set(line["genres"]) <= {g for g, by in beyond.items() if by > -1e-4}
    assert films_of_response[0]["modalities"] == ["poster", "overview"]
    assert decisions.rule in decisions.thresholds


def test_explanations_as_form_and_json(client):
    form = {"overview": OVERVIEW, "genre": ["Drama", "Action"]}
    answer = client.post("/v1/explain", data=form, files={"poster": encoded(kind="WEBP")})
    assert answer.status_code == 200
    explained = schemas.ExplainResponse.model_validate(answer.json())
    assert {*answer.json(), "familiar"} <= {*schemas.ExplainResponse.model_fields}
    assert [e.genre for e in explained.explanations] == ["Drama", "Action"]
    why = explained.explanations[0]
    assert why.poster is not None
    assert why.poster.overlay.startswith("data:image/jpeg;base64,")
    assert why.overview is not None
    assert explained.text is not None
    assert all(explained.text[w.start : w.end] == w.word for w in why.overview.words)
    request = {"film": {"overview": OVERVIEW}}
    explained = schemas.ExplainResponse.model_validate(
        client.post("/v1/explain", json=request).json()
    )
    assert explained.explanations[0].poster is None
    broken = {"film": {"overview": OVERVIEW, "poster": in_base64(encoded()[:-30])}}
    assert "poster is" in client.post("/v1/explain", json=broken).json()["problem"]


def test_the_model_and_its_limits(client, predictor):
    model = schemas.ModelResponse.model_validate(client.get("/v1/model").json())
    assert model.genres == list(predictor.bundle.manifest.genres)
    assert model.limits["films"] == limits.MAX_FILMS
    assert model.card.startswith("#")
    assert client.get("/healthz").json() == {"status": "ok"}


def test_a_large_poster_is_made_smaller_before_its_heat_is_drawn(client, monkeypatch):
    """Genre by genre, with 24 megapixels, this took 19 s."""
    drawn = []

    def draw(explanation, poster):
        drawn.append(poster.size)
        return draw_overlays(explanation, poster)

    monkeypatch.setattr("posterplot.serve.http.responses.draw_overlays", draw)
    large = encoded(Image.new("RGB", (1000, 1500), (200, 90, 20)))
    form = {"overview": OVERVIEW, "genre": ["Drama"]}
    content = client.post("/v1/explain", data=form, files={"poster": ("p", large)}).json()
    assert content["explanations"][0]["poster"]["overlay"]
    assert drawn == [(limits.MAX_OVERLAY_SIDE, limits.MAX_OVERLAY_SIDE * 3 // 2)]


BROKEN = in_base64(encoded()[:-30])
TOO_LONG = "x" * (limits.MAX_OVERVIEW + 1)


@pytest.mark.parametrize(
    ("film", "reasons"),
    [
        ({"poster": "not base64!", "overview": "N/A"}, ["not base64", "says nothing"]),
        ({"poster": BROKEN, "overview": TOO_LONG}, ["too long", "poster is"]),
        ({"poster": BROKEN, "overview": "N/A"}, ["poster is", "says nothing"]),
        ({"poster": "not base64!", "overview": TOO_LONG}, ["too long", "not base64"]),
    ],
)
def test_the_reasons_for_both_inputs_are_given(client, film, reasons):
    content = {"films": [film, {"overview": OVERVIEW}]}
    error = client.post("/v1/predict", json=content).json()["films"][0]["error"]
    why = client.post("/v1/explain", json={"film": film})
    assert why.status_code == 422
    assert error == why.json()["detail"]
    first, second = error.split("; ")
    assert reasons[0] in first
    assert reasons[1] in second
