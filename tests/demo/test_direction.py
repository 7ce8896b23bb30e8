from random import Random

from posterplot.demo.art.brief import EMBLEMS, LANDMARKS, PEOPLE, Brief
from posterplot.demo.art.film_poster import COMPOSITIONS
from posterplot.demo.art.lettering import LETTERINGS
from posterplot.demo.art.palettes import MOODS
from posterplot.demo.direction import LOOKS, plan_poster


def briefs(*genres: str) -> list[Brief]:
    return [plan_poster(genres, 1999, Random(n)) for n in range(400)]


def test_looks_name_only_what_can_be_drawn() -> None:
    for look in LOOKS.values():
        assert 0 < look.visible < 1
        assert set(look.compositions.split(",")) <= set(COMPOSITIONS)
        assert set(look.moods.split(",")) <= set(MOODS)
        assert set(look.landmarks.split(",")) <= set(LANDMARKS)
        assert set(look.persons.split(",")) <= set(PEOPLE)
        assert set(look.emblems.split(",")) <= set(EMBLEMS)
        assert set(look.letterings.split(",")) <= set(LETTERINGS)


def test_visual_genres_are_easier_to_see_on_posters() -> None:
    def share(part: str, value: str, *genres: str) -> float:
        return sum(getattr(b, part) == value for b in briefs(*genres)) / 400

    assert 0.5 < share("composition", "creature", "Animation") < 0.9
    assert share("landmark", "cactus", "Western") > 5 * share("landmark", "cactus", "War")
    assert share("person", "soldier", "War") < 0.5


def test_posters_depend_on_both_genres() -> None:
    mixed = briefs("Romance", "Western")
    assert any(b.composition == "pair" and b.landmark == "cactus" for b in mixed)
