from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.posters import POSTERS
from tests.tiny_bundle import write_tiny_bundle
from tokenizers import Tokenizer, models, pre_tokenizers

from posterplot.dataset.check import check_film
from posterplot.dataset.poster_images import decode_poster, poster_array
from posterplot.errors import BundleError
from posterplot.films import Film, Rejected
from posterplot.inference.bundle import load_bundle
from posterplot.inference.reader import Reader


@pytest.fixture(scope="module")
def reader(runs):
    return Reader(load_bundle(runs / "tiny-fusion"))


@pytest.mark.parametrize("name", POSTERS)
def test_posters_are_read_as_in_training_and_evaluation(reader, name):
    film = Film("a", genres=("Drama",), poster=POSTERS[name])
    stored = check_film(film).film
    raw = reader.read(film).inputs.poster
    assert np.array_equal(raw, reader.read(stored).inputs.poster)
    assert np.array_equal(raw, poster_array(decode_poster(stored.poster), *raw.shape[1:]))


@pytest.mark.parametrize("overview", ["N/A", "Add a Plot", "   ", "<br>"])
def test_placeholder_overviews_are_listed_as_in_prepare(reader, overview):
    film = Film("a", genres=("Drama",), poster=POSTERS["small"], overview=overview)
    read = reader.read(film)
    assert read.rejected == list(check_film(film).rejected)
    assert read.rejected[0].part == "overview"
    assert read.inputs.modalities == ("poster",)


def test_unused_inputs_are_not_listed(runs):
    cnn = Reader(load_bundle(runs / "tiny-cnn"))
    film = Film("a", poster=POSTERS["small"], overview="N/A")
    assert cnn.read(film).rejected == []
    lstm = Reader(load_bundle(runs / "tiny-lstm"))
    assert lstm.read(Film("a", poster=b"broken", overview="a gun")).rejected == []


@pytest.mark.parametrize(
    ("poster", "overview", "reason"),
    [
        ("none.jpg", None, "poster file not found: none.jpg"),
        (None, "N/A", "overview says nothing: 'N/A'"),
        ("none.jpg", "=", "poster file not found: none.jpg; overview has no words"),
    ],
)
def test_a_film_without_a_usable_input_has_a_reason(reader, poster, overview, reason, monkeypatch):
    monkeypatch.setattr(reader.tokenizer, "pre_tokenizer", pre_tokenizers.Split("=", "removed"))
    film = Film("a", "A Title", poster=poster and Path(poster), overview=overview, source="row 1")
    read = reader.read(film)
    assert read.inputs is None
    assert read.rejected == [Rejected("a", "A Title", "row 1", "film", reason)]


def test_the_decoded_poster_and_text_are_returned(reader):
    film = Film("a", "A Title", poster=POSTERS["large"], overview="<i>a gun</i>")
    read = reader.read(film)
    assert read.film is film
    assert read.text == "a gun"
    assert read.encoding.ids == read.inputs.tokens.tolist()
    assert [read.text[start:end] for start, end in read.encoding.offsets] == ["a", "gun"]
    assert read.image.mode == "RGB"
    assert min(read.image.size) >= 512  # as shown on a page, not as small as the model sees it
    bare = reader.read(Film("a", overview="a gun"))
    assert bare.image is None


@pytest.fixture(scope="module")
def titled(reader):
    """A reader that also reads a title instead of an overview."""
    bundle = reader.bundle
    alone = {"title": bundle.manifest.decisions}
    overview = bundle.manifest.overview.model_copy(update={"title": True})
    update = {"decisions_by_modality": alone, "overview": overview}
    return Reader(replace(bundle, manifest=bundle.manifest.model_copy(update=update)))


@pytest.mark.parametrize("with_titles", [False, True])
@pytest.mark.parametrize("modality", ["poster", "overview", "title"])
@pytest.mark.parametrize("overview", [None, "a gun", "N/A"])
@pytest.mark.parametrize("title", ["", "A Title"])
@pytest.mark.parametrize("poster", [None, "small", "broken"])
def test_without_an_input_equals_the_film_that_lacks_it(
    reader, titled, with_titles, modality, overview, title, poster
):
    if poster is None and overview is None:
        return
    image = {None: None, "broken": b"x"}.get(poster, POSTERS["small"])
    film = Film("a", title, poster=image, overview=overview)
    reader = titled if with_titles else reader
    less = film.without(modality)
    expected = None if less is None else reader.read(less).inputs
    result = reader.without(reader.read(film), modality)
    assert (result is None) == (expected is None)
    if result is not None:
        assert result.modalities == expected.modalities
        assert np.array_equal(result.poster, expected.poster)
        assert np.array_equal(result.tokens, expected.tokens)


def test_without_the_overview_means_poster_and_title(titled):
    film = Film("a", "A Title", poster=POSTERS["small"], overview="a gun")
    read = titled.read(film)
    assert titled.without(read, "overview").modalities == ("poster", "title")
    assert titled.without(read, "poster").modalities == ("overview",)
    assert titled.without(titled.read(film.without("overview")), "poster") is None


def test_a_tokenizer_without_the_token_it_names_is_one_line(tmp_path):
    """Fuzzing found it: the file loads, and fails at the first unknown word."""
    bundle = write_tiny_bundle(tmp_path / "bundle")
    bundle.tokenizer.write_text(Tokenizer(models.WordLevel({"a": 0}, unk_token="[UNK]")).to_str())
    reader = Reader(bundle)
    with pytest.raises(BundleError, match=r"tokenizer.json: cannot read an overview: .*UNK"):
        reader.read(Film("a", overview="Two words that are unknown."))
