import itertools

import imagehash
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.memory import bytes_per_film

from posterplot.dataset.duplicates import (
    group_duplicates,
    group_indexed,
    overview_key,
    poster_hash,
    title_key,
)
from posterplot.dataset.film_index import FilmIndex, IndexedFilm

pytestmark = pytest.mark.usefixtures("short_blocks")


def drawing(seed: int, size=(256, 384)) -> Image.Image:
    """Soft random blots: a picture unlike that of any other seed."""
    blots = np.random.default_rng(seed).integers(0, 256, (9, 6, 3), dtype=np.uint8)
    return Image.fromarray(blots).resize(size, Image.Resampling.BICUBIC)


def posters(*hashes):
    none = [None] * len(hashes)
    return group_duplicates(["one title"] * len(hashes), none, none, hashes).tolist()


@pytest.mark.parametrize("seed", range(20))
def test_hash_is_that_of_imagehash(seed):
    image = drawing(seed)
    small = image.resize((32, 32), Image.Resampling.LANCZOS, reducing_gap=2.0)
    assert f"{poster_hash(image):016x}" == str(imagehash.phash(small))


def test_hash_survives_resizing():
    bits = poster_hash(drawing(0))
    for size in [(200, 300), (500, 750), (170, 256)]:
        assert (bits ^ poster_hash(drawing(0, size))).bit_count() <= 3
    assert (bits ^ poster_hash(drawing(0).convert("L"))).bit_count() <= 3
    assert (bits ^ poster_hash(drawing(1))).bit_count() > 10


def test_blank_posters_have_no_hash():
    noise = np.random.default_rng(0).integers(250, 256, (384, 256, 3), dtype=np.uint8)
    assert poster_hash(Image.new("RGB", (256, 384), "white")) is None
    assert poster_hash(Image.fromarray(noise)) is None


def test_up_to_three_bits_are_one_poster():
    first = 0x0123_4567_89AB_CDEF
    assert posters(first, first ^ 0b111, first ^ 0b1111 << 20, first) == [0, 0, 1, 0]
    assert posters(first, None, None) == [0, 1, 2]
    assert posters(0, 1 << 63 | 1 << 31 | 1, 2**64 - 1) == [0, 0, 1]
    assert posters() == []


@settings(deadline=None)
@given(st.lists(st.integers(0, 255).map(lambda n: n * 0x0001_0040_1000_0401), max_size=12))
def test_groups_are_the_closure_of_near_pairs(hashes):
    groups = list(range(len(hashes)))  # by hand: merge as long as anything is near
    for _ in hashes:
        for a, b in itertools.combinations(range(len(hashes)), 2):
            if (hashes[a] ^ hashes[b]).bit_count() <= 3:
                groups[a] = groups[b] = min(groups[a], groups[b])
    numbers = {group: n for n, group in enumerate(dict.fromkeys(groups))}
    assert posters(*hashes) == [numbers[group] for group in groups]


def test_titles_and_years():
    assert title_key("The Film: II", 1999) == title_key("the film ii!", 1999)
    assert title_key("The Film", 1999) != title_key("The Film", 2000)
    assert title_key("The Film", None) is None
    assert title_key("!?", 1999) is None
    assert title_key("千と千尋", 2001) != title_key("千と千", 2001)


def test_overviews():
    text = "A long enough overview of a film about two dogs and a cat."
    assert overview_key(text) == overview_key(text.upper().replace(" ", " - "))
    assert overview_key("A documentary.") is None
    assert overview_key(None) is None


def test_groups_join_over_all_three_and_are_numbered_by_first_film():
    groups = group_duplicates(
        ["a", "b", "a", "c", "d"],
        [1] * 5,
        [None, b"x", b"y", b"y", None],
        [None, 5, None, None, 5],
    )
    assert groups.tolist() == [0, 1, 0, 0, 1]
    assert groups.dtype == np.int64


@pytest.mark.parametrize("year", [2000, None])
@pytest.mark.parametrize("titled", [True, False])
def test_placeholders_group_nothing(year, titled):
    titles = [str(n) if titled else "" for n in range(6)]
    groups = group_duplicates(titles, [year] * 6, [b"x"] * 6, [7] * 6)
    assert len(set(groups)) == 6


@pytest.mark.parametrize("year", [2000, None])
def test_one_film_listed_six_times_is_not_a_placeholder(year):
    groups = group_duplicates(["same"] * 6, [year] * 6, [b"x"] * 6, [7] * 6)
    assert len(set(groups)) == 1


def test_memory_per_film():
    def grouped(count):
        index = FilmIndex()
        for n in range(count):
            index.add(IndexedFilm(title_key=b"%d" % (n // 2)))
        return lambda: group_indexed(index)

    assert bytes_per_film(grouped) < 6  # the groups themselves take 4
