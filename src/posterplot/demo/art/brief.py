"""What a poster is to show: the brief that the art direction hands to the draughtsman."""

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
    """One poster, decided but not yet drawn.

    Args:
        composition: a key of ``posters.COMPOSITIONS``.
        palette: its colours.
        landmark: a key of ``LANDMARKS``, for compositions with a place in them.
        person: a key of ``PEOPLE``, for those with someone in them.
        emblem: a key of ``EMBLEMS``, for those built on an object.
        lettering: a key of ``lettering.LETTERINGS``.
        year: of release: it ages the print.

    """

    composition: str
    palette: Palette
    landmark: str
    person: str
    emblem: str
    lettering: str
    year: int
