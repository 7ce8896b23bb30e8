import pytest

from posterplot.library.parts import group_parts, is_disc_folder, one_film, title_of_parts


def test_parts_of_a_film_are_one_group_in_the_order_of_their_numbers():
    stems = ["Film-cd10", "Film-cd2", "Other", "Film-cd1"]
    assert group_parts(stems) == [["Film-cd1", "Film-cd2", "Film-cd10"], ["Other"]]


def test_a_single_second_part_is_a_film():
    assert group_parts(["Dune Part 2", "Heat"]) == [["Dune Part 2"], ["Heat"]]


@pytest.mark.parametrize(
    ("stem", "title"), [("Film-cd1", "Film"), ("Film (1999) part 2", "Film (1999)"), ("Up", "Up")]
)
def test_the_title_of_parts(stem, title):
    assert title_of_parts(stem) == title


@pytest.mark.parametrize(
    ("stems", "one"),
    [
        (["Film (1999)"], True),
        (["Film (1999) - 4K", "Film (1999) [DVD]"], True),
        (["Film (1999)", "Film (1999) Returns"], False),
        (["Film (1999)", "Heat"], False),
        ([], False),
    ],
)
def test_versions_of_one_film(stems, one):
    assert one_film("Film (1999)", group_parts(stems)) is one


@pytest.mark.parametrize(
    ("stems", "one"),
    [
        (["Dune (1984)", "Dune (2021)"], False),
        (["Dune.1984.1080p", "Dune.2021.2160p"], False),
        (["Dune", "Dune (2021)"], False),
        (["Dune (2021) - 4K", "Dune (2021) [DVD]"], True),
        (["Dune - 1080p", "Dune - 2048p"], True),
    ],
)
def test_files_of_different_years_are_no_versions(stems, one):
    assert one_film("Dune", group_parts(stems)) is one


@pytest.mark.parametrize(
    ("name", "disc"), [("cd1", True), ("Disc 2", True), ("Part 1", False), ("Extras", False)]
)
def test_folders_of_discs(name, disc):
    assert is_disc_folder(name) is disc
