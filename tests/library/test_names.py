import time

import pytest

from posterplot.library.names import name_of_film, parse_name


@pytest.mark.parametrize(
    ("name", "title", "year", "ids"),
    [
        ("The Salt Ship (1999)", "The Salt Ship", 1999, {}),
        ("2012 (2009)", "2012", 2009, {}),
        ("Blade Runner 2049 (2017) {tmdb-335984}", "Blade Runner 2049", 2017, {"tmdb": "335984"}),
        ("1917.2019.2160p.BluRay.x265-GRP", "1917", 2019, {}),
        ("Se7en [1995] [imdbid-tt0114369]", "Se7en", 1995, {"imdb": "tt0114369"}),
        ("Heat (1995) {edition-Director's Cut}", "Heat", 1995, {}),
        ("Film tt0114369", "Film", None, {"imdb": "tt0114369"}),
        ("Amélie", "Amélie", None, {}),
        ("2012", "2012", None, {}),
        ("caf\udce9 (1999)", "caf\udce9", 1999, {}),
        ("Dr. No (1962)", "Dr. No", 1962, {}),
        ("Mr. & Mrs. Smith (2005) [1080p]", "Mr. & Mrs. Smith", 2005, {}),
        ("(500) Days of Summer (2009)", "(500) Days of Summer", 2009, {}),
        ("X-Men - The Last Stand (2006) [1080p]", "X-Men - The Last Stand", 2006, {}),
        ("Director's Cut (2016) - 4K", "Director's Cut", 2016, {}),
        ("The.Salt.Ship (1999)", "The Salt Ship", 1999, {}),
        ("Heat {imdb-0113277}", "Heat", None, {"imdb": "tt0113277"}),
        ("Heat {imdb-113277}", "Heat", None, {"imdb": "tt0113277"}),
        ("Heat {IMDB-TT0113277}", "Heat", None, {"imdb": "tt0113277"}),
        ("Heat {tmdb-tt12} {tvdb-7}", "Heat", None, {"tvdb": "7"}),
        ("Salt [Uncut] (1999)", "Salt", 1999, {}),
        ("[REC] (2007)", "[REC]", 2007, {}),
        ("[REC]³ Génesis (2012) {tmdb-80280}", "[REC]³ Génesis", 2012, {"tmdb": "80280"}),
        ("[REC] 4 Apocalypse (2014)", "[REC] 4 Apocalypse", 2014, {}),
        ("[Group] The Salt Ship (1999)", "The Salt Ship", 1999, {}),
    ],
)
def test_title_year_and_ids_are_read_from_names(name, title, year, ids):
    assert parse_name(name) == (title, year, ids)


@pytest.mark.parametrize(
    ("folder", "file", "name"),
    [
        ("Horror", "Alien (1979)", "Alien (1979)"),
        ("2019", "Parasite (2019)", "Parasite (2019)"),
        ("Films 2019", "Parasite (2019)", "Parasite (2019)"),
        ("Disney", "Bambi.1942.1080p", "Bambi.1942.1080p"),
        ("New", "Alien {tmdb-348}", "Alien {tmdb-348}"),
        ("Alien (1979)", "grp-aln.1979", "Alien (1979)"),
        ("Alien.1979.1080p-GRP", "grp-alien-1080p", "Alien.1979.1080p-GRP"),
        ("Alien {tmdb-348}", "Alien (1979)", "Alien {tmdb-348}"),
        ("Alien", "alien-cd1", "Alien"),
        ("2001", "2001", "2001"),
    ],
)
def test_a_folder_that_is_not_named_after_the_film_does_not_name_it(folder, file, name):
    assert name_of_film(folder, file, alone=True) == name


def test_an_id_of_a_folder_with_other_folders_may_be_that_of_a_series():
    folder = "Alien Collection {tmdb-8091}"
    for file in ("Alien (1979)", "Alien.1979"):
        assert name_of_film(folder, file, alone=False) == file
    assert name_of_film("Alien (1979) {tmdb-348}", "Alien (1979)", alone=False).endswith("-348}")


@pytest.mark.parametrize("name", ["", " ", "()", "[]{}", "\udce9.\udce9", "-" * 300, "🎬"])
def test_any_name_becomes_a_safe_file_name(name):
    assert isinstance(parse_name(name).title, str)


def test_a_name_with_a_range_of_numbers_takes_little_time():
    parse_name("Salt.1999")  # imports guessit
    started = time.process_time()
    assert parse_name("Salt.1999.e01-e9999.1080p")[:2] == ("Salt", 1999)
    assert time.process_time() - started < 2
