import pytest

from posterplot.errors import DatasetError
from posterplot.training.data.film_choice import films_with, with_article


def test_films_with_one_modality_or_with_both(dataset):
    films = list(dataset.films("train"))
    posters = [film.id for film in films if film.poster]
    overviews = [film.id for film in films if film.overview]
    both = [film_id for film_id in posters if film_id in overviews]
    assert len(both) < min(len(posters), len(overviews))

    def ids(*modalities, every=False):
        return [film.id for film in films_with(dataset, "train", modalities, every=every)]

    assert ids("poster") == posters
    assert ids("overview") == overviews
    assert ids("poster", "overview") == [film.id for film in films]
    assert ids("poster", "overview", every=True) == both


def test_posters_stay_in_their_files(dataset):
    (first, *_) = films_with(dataset, "train", ["poster"])
    assert not isinstance(first.poster, bytes)
    stored = next(film for film in dataset.films("train") if film.id == first.id)
    assert first.poster.read() == stored.poster


@pytest.mark.parametrize(
    ("modalities", "every", "message"),
    [
        (["poster"], False, "no train film has a poster; add some"),
        (["poster", "overview"], False, "no train film has a poster or an overview; add some"),
        (["poster", "overview"], True, "no train film has both a poster and an overview; add some"),
        (["title"], True, "no train film has a title; add some"),
    ],
)
def test_a_split_without_such_films_is_refused(dataset, monkeypatch, modalities, every, message):
    monkeypatch.setattr(type(dataset), "films", lambda *_, **__: iter(()))
    with pytest.raises(DatasetError, match=message):
        films_with(dataset, "train", modalities, every=every, hint="add some")


def test_articles():
    assert [with_article(m) for m in ("poster", "overview")] == ["a poster", "an overview"]
