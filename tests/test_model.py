import io
import pickle

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import posterplot as pp
from posterplot.explain.shapley import empty_logits
from posterplot.inference.predictor import Predictor
from tests.conftest import overview_of, poster_bytes

OVERVIEW = overview_of(("Drama",), 1)


@pytest.fixture(scope="module")
def model(joint_run):
    return pp.load(joint_run)


@pytest.fixture
def pixels():
    """A poster that JPEG decoders cannot shrink, so that all forms give the same pixels."""
    return np.asarray(Image.open(io.BytesIO(poster_bytes(("Drama",), 5))))


def test_every_type_of_poster_gives_the_same_prediction(model, pixels, tmp_path):
    path = tmp_path / "poster.png"
    Image.fromarray(pixels).save(path)
    forms = (
        path,
        str(path),
        path.read_bytes(),
        Image.open(path),
        pixels,
        np.asfortranarray(pixels),
    )
    first, *others = (model.predict(poster=form, overview=OVERVIEW) for form in forms)
    assert first.modalities == ("poster", "overview")
    assert first.probabilities != model.predict(overview=OVERVIEW).probabilities
    assert all(other == first for other in others)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "YCbCr", "I;16", "I", "HSV"])
def test_images_of_every_mode_are_accepted(model, pixels, mode):
    image = Image.fromarray(pixels)
    image = image.convert("L").convert(mode) if mode.startswith("I") else image.convert(mode)
    assert model.predict(poster=image).modalities == ("poster",)


def test_an_image_is_turned_upright_as_its_file_is(model, pixels, tmp_path):
    path = tmp_path / "poster.png"
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(pixels).save(path, exif=exif)
    assert model.predict(poster=Image.open(path)) == model.predict(poster=path)
    height, width = pixels.shape[:2]
    Image.fromarray(pixels).save(tmp_path / "poster.tif", exif=exif)
    for poster in (path, tmp_path / "poster.tif"):
        [why] = model.explain(poster=poster, genres=["Drama"]).values()
        assert why.heatmap.shape == (width, height)


def test_damaged_exif_data_do_not_stop_an_explanation(model, pixels, tmp_path):
    path = tmp_path / "poster.png"
    Image.fromarray(pixels).save(path, exif=b"Exif\0\0no TIFF")
    [why] = model.explain(poster=path, genres=["Drama"]).values()
    assert why.heatmap.shape == pixels.shape[:2]


def test_a_poster_of_another_type_is_refused(model):
    for call in (model.predict, model.explain):
        with pytest.raises(pp.PosterplotError, match="type int"):
            call(poster=7, overview=OVERVIEW)


def test_films_with_posters_in_memory_are_predicted(model, pixels):
    films = [
        pp.Film("1", poster=pixels, overview=OVERVIEW),
        pp.Film("2", poster=Image.fromarray(pixels)),
        pp.Film("3", overview=OVERVIEW),
    ]
    first, second, third = model.predict_many(films)
    assert [film.problem for film in (first, second, third)] == ["", "", ""]
    assert first.probabilities == model.predict(poster=pixels, overview=OVERVIEW).probabilities
    assert second.probabilities == model.predict(poster=pixels).probabilities
    assert third.modalities == ("overview",)


def test_a_film_that_cannot_be_used_is_an_error(model, tmp_path):
    with pytest.raises(pp.PosterplotError, match="poster="):
        model.predict(title="The Salt Ship")
    with pytest.raises(pp.FilmError, match="not found"):
        model.predict(poster=tmp_path / "nope.jpg", overview=OVERVIEW)
    with pytest.raises(pp.FilmError, match="not an image"):
        model.explain(poster=b"text", overview=OVERVIEW)


def test_a_catalogue_gives_one_row_per_film(model, catalogue, tmp_path):
    table = tmp_path / "films.csv"
    rows = catalogue.read_text().splitlines()[:4]
    table.write_text(
        "\n".join([*rows, "f9,Broken,1999,,Drama,nope.jpg,", "f0,Twice,1999,A word or two.,,,"])
    )
    films = list(model.predict_many(pp.read_catalogue(table)))
    assert [film.title for film in films] == ["Title 0", "Title 1", "Title 2", "Broken", "Twice"]
    assert films[3].problem.count("not found") == 1
    assert films[3].genres == ()
    assert films[3].probabilities == {}
    assert "duplicate id" in films[4].problem
    frame = pd.DataFrame(model.predict_many(pp.read_catalogue(table)))
    assert list(frame.columns) == [
        "id",
        "title",
        "genres",
        "probabilities",
        "modalities",
        "guarantee",
        "familiar",
        "problem",
    ]
    wide = pd.DataFrame(list(frame.probabilities), index=frame.id)
    assert wide.Drama.iloc[0] == films[0].probabilities["Drama"]


def test_an_explanation_adds_up_and_points_at_words(model, joint_run, pixels):
    predictor = Predictor(model.bundle)
    why = model.explain(poster=pixels, overview=OVERVIEW, genres=["Romance", "Drama"])
    assert list(why) == ["Romance", "Drama"]
    film = model.predict(poster=pixels, overview=OVERVIEW)
    for genre, explanation in why.items():
        assert explanation.probability == pytest.approx(film.probabilities[genre])
        assert explanation.decided == (genre in film.genres)
        assert explanation.heatmap.shape == pixels.shape[:2]
        assert explanation.heatmap.dtype == np.float32
        assert 0 <= explanation.heatmap.min() <= explanation.heatmap.max() <= 1
        assert explanation.text == OVERVIEW
        for word in explanation.words:
            assert explanation.text[word.start : word.end] == word.word
        base = empty_logits(predictor)[list(model.genres).index(genre)]
        assert explanation.share.base == pytest.approx(base)
        poster = model.predict(poster=pixels)
        assert explanation.decided_without["overview"] == (genre in poster.genres)
    assert "film" in {word.word.casefold() for word in why["Drama"].words}
    [alone] = model.explain(overview=OVERVIEW, genres="Drama").values()
    assert alone.heatmap is None
    assert alone.decided_without == {}


def test_a_run_is_explained_by_gradients_and_a_bundle_alone_is_not(model, joint_run, pixels):
    why = model.explain(poster=pixels, genres=["Drama"], method="grad-cam")
    evidence = model.explain(poster=pixels, genres=["Drama"])
    assert not np.array_equal(why["Drama"].poster_scores, evidence["Drama"].poster_scores)
    with pytest.raises(pp.PosterplotError, match="checkpoint"):
        pp.load().explain(poster=pixels, method="grad-cam")


def test_films_of_other_types_are_refused(model):
    film = pp.Film("1", overview=OVERVIEW)
    with pytest.raises(pp.PosterplotError, match="films: predict_many takes several films"):
        list(model.predict_many(film))
    for films in ("films.csv", [{"overview": OVERVIEW}], pd.DataFrame([{"overview": OVERVIEW}])):
        with pytest.raises(pp.PosterplotError, match=r"films: a film is of the type .*; give"):
            list(model.predict_many(films))


def test_a_poster_that_the_model_does_not_read_is_ignored(runs):
    model = pp.load(runs / "tiny-lstm")
    [why] = model.explain(poster="none.jpg", overview=OVERVIEW, genres=["Drama"]).values()
    assert why.heatmap is None


def test_explanations_can_be_compared_and_a_model_can_be_pickled(model):
    why = next(iter(model.explain(overview=OVERVIEW, genres=None).values()))
    assert why == why
    assert why != next(iter(model.explain(overview=OVERVIEW).values()))
    again = pickle.loads(pickle.dumps(model))
    assert again.predict(overview=OVERVIEW) == model.predict(overview=OVERVIEW)


def test_arguments_of_other_types_are_refused(model, tmp_path):
    with pytest.raises(pp.PosterplotError, match="genres: a genre is not text: 3"):
        model.explain(overview=OVERVIEW, genres=[3])
    with pytest.raises(pp.PosterplotError, match="precision: there is no guarantee of '0\\.9'"):
        pp.load(precision="0.9")
    with pytest.raises(pp.PosterplotError, match="columns: is of the type str; give a dict"):
        list(pp.read_catalogue(tmp_path, columns="overview=x"))
    with pytest.raises(pp.PosterplotError, match="overrides: is of the type list; give a dict"):
        pp.train("overview-tfidf", tmp_path, out=tmp_path / "run", overrides=["a=1"])
