import pytest

from posterplot.library.names import parse_name


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
    ],
)
def test_title_year_and_ids_are_read_from_names(name, title, year, ids):
    parsed = parse_name(name)
    assert (parsed.year, parsed.ids) == (year, ids)
    assert parsed.title.startswith(title)


@pytest.mark.parametrize("name", ["", " ", "()", "[]{}", "\udce9.\udce9", "-" * 300, "🎬"])
def test_any_name_becomes_a_safe_file_name(name):
    assert isinstance(parse_name(name).title, str)
