"""The plan of a poster, which is made before it is drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from PIL import Image

from posterplot.demo.art import emblems, landmarks, people
from posterplot.demo.art.canvas import Colour
from posterplot.demo.art.palettes import Palette

Motif = Callable[[Image.Image, float, float, float, Colour, Colour, Random], None]

PEOPLE: dict[str, Motif] = {
    "child": people.child,
    "couple": people.couple,
    "cowboy": people.cowboy,
    "rider": people.rider,
    "robot": people.robot,
    "runner": people.runner,
    "soldier": people.soldier,
    "stranger": people.stranger,
}
LANDMARKS: dict[str, Motif] = {
    "bare tree": landmarks.bare_tree,
    "cactus": landmarks.cactus,
    "car": landmarks.car,
    "castle": landmarks.castle,
    "house": landmarks.house,
    "lighthouse": landmarks.lighthouse,
    "pines": landmarks.pine,
    "planes": landmarks.planes,
    "rocket": landmarks.rocket,
    "saucer": landmarks.saucer,
    "ship": landmarks.ship,
    "skyline": landmarks.skyline,
    "tents": landmarks.tents,
}
EMBLEMS: dict[str, Motif] = {
    "balloon": emblems.balloon,
    "bulb": emblems.bulb,
    "clock": emblems.clock,
    "compass": emblems.compass,
    "cup": emblems.cup,
    "envelope": emblems.envelope,
    "eye": emblems.eye,
    "heart": emblems.heart,
    "key": emblems.key,
    "knife": emblems.knife,
    "magnifier": emblems.magnifier,
    "mask": emblems.mask,
    "revolver": emblems.revolver,
    "skull": emblems.skull,
    "sword": emblems.sword,
    "umbrella": emblems.umbrella,
}


@dataclass(frozen=True, slots=True)
class Brief:
    """The contents of a poster.

    Args:
        composition: A key of ``film_poster.COMPOSITIONS``.
        palette: Colours of the poster.
        landmark: A key of ``LANDMARKS``, for compositions with a landscape.
        person: A key of ``PEOPLE``, for compositions with a person.
        emblem: A key of ``EMBLEMS``, for compositions with a single object.
        lettering: A key of ``lettering.LETTERINGS``.
        year: Year of release; old posters have paler colours and more grain.

    """

    composition: str
    palette: Palette
    landmark: str
    person: str
    emblem: str
    lettering: str
    year: int
