import re
from random import Random

import pytest

from posterplot.demo.genre_tables import GENRES, sample_genres
from posterplot.demo.write_overviews import expand, write_overview

OVERVIEWS = [write_overview(sample_genres(Random(n)), Random(n)) for n in range(1500)]


def test_overviews_are_of_a_readable_length() -> None:
    lengths = sorted(len(text.split()) for text in OVERVIEWS)
    assert lengths[0] >= 15
    assert lengths[-1] <= 130
    assert 30 <= lengths[len(lengths) // 2] <= 80


def test_templates_are_fully_expanded() -> None:
    for text in OVERVIEWS:
        assert not re.search(r"[\[\]{}|~]|  | [.,]|\.\.", text), text
        assert text[0].isupper()
        assert text.endswith(".")
        assert not re.search(r"\b[Aa] [aei]", text), text


def test_sentences_are_rarely_repeated() -> None:
    sentences = [s for text in OVERVIEWS for s in re.split(r"(?<=\.) ", text)]
    assert len(set(OVERVIEWS)) == len(OVERVIEWS)
    assert len(set(sentences)) > 3000


def test_overviews_do_not_contain_the_genre() -> None:
    # "The family house" stands in overviews of every genre and gives nothing away.
    names = {g.lower() for g in GENRES} - {"family"}
    spelled = sum(not names.isdisjoint(text.lower().split()) for text in OVERVIEWS)
    assert spelled / len(OVERVIEWS) < 0.03


def test_hints_follow_the_genres() -> None:
    def share(genre: str, word: str) -> float:
        return sum(word in write_overview((genre,), Random(n)) for n in range(300)) / 300

    assert share("War", "front") > 4 * share("Comedy", "front")
    assert share("Crime", "money") > 4 * share("Family", "money")


def test_an_unknown_word_is_an_error() -> None:
    with pytest.raises(KeyError):
        expand("a {heffalump}", {}, Random(0))
