"""Choose what a poster shows, depending on the film's genres.

Every part of a poster (composition, colours, objects, lettering) is chosen independently. With a
probability that depends on the genre, it follows one of the film's genres; otherwise it is random.
Animation, Horror and Western are easy to see on posters. Crime, Mystery and War are hard to see
there and easier to find in overviews. Thriller and Sci-Fi share their pictures with other genres,
so that they are found only from poster and overview together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from posterplot.demo.art.brief import EMBLEMS, LANDMARKS, PEOPLE, Brief
from posterplot.demo.art.film_poster import COMPOSITIONS
from posterplot.demo.art.lettering import LETTERINGS
from posterplot.demo.art.palettes import MOODS, mix_palette


@dataclass(frozen=True, slots=True)
class Look:
    """What posters of one genre show.

    Each list holds names separated by commas. A name that occurs twice is twice as probable.

    Args:
        visible: Probability in [0, 1] that a part of the poster follows this genre.
        compositions: Keys of ``film_poster.COMPOSITIONS``.
        moods: Keys of ``palettes.MOODS``.
        landmarks: Keys of ``brief.LANDMARKS``.
        persons: Keys of ``brief.PEOPLE``.
        emblems: Keys of ``brief.EMBLEMS``.
        letterings: Keys of ``lettering.LETTERINGS``.

    """

    visible: float
    compositions: str
    moods: str
    landmarks: str
    persons: str
    emblems: str
    letterings: str


LOOKS: dict[str, Look] = {
    "Action": Look(
        visible=0.7,
        compositions="burst,burst,burst,street",
        moods="steel,steel,cold",
        landmarks="skyline,car,planes",
        persons="runner",
        emblems="revolver,clock",
        letterings="racing,racing,heavy",
    ),
    "Adventure": Look(
        visible=0.72,
        compositions="sea,sea,horizon",
        moods="gold,gold,sea,forest",
        landmarks="ship,ship,pines,planes",
        persons="runner,rider,stranger",
        emblems="compass,compass,balloon,key",
        letterings="monument,monument,saloon",
    ),
    "Animation": Look(
        visible=0.88,
        compositions="creature,creature,creature,grid",
        moods="candy,candy,sunny",
        landmarks="tents,castle,rocket",
        persons="child,robot",
        emblems="balloon,heart",
        letterings="bubbly",
    ),
    "Comedy": Look(
        visible=0.6,
        compositions="halves,halves,grid,emblem",
        moods="sunny,sunny,candy,paper",
        landmarks="car,house,tents",
        persons="couple,runner,child",
        emblems="umbrella,cup,mask,balloon",
        letterings="heavy,label,bubbly",
    ),
    "Crime": Look(
        visible=0.3,
        compositions="street,grid,emblem",
        moods="noir,noir,cold",
        landmarks="skyline,car",
        persons="stranger",
        emblems="revolver,key",
        letterings="heavy,label,tall",
    ),
    "Drama": Look(
        visible=0.35,
        compositions="bust,face,orb,threshold,geometry,sea",
        moods="cold,paper,noir,rose",
        landmarks="house,bare tree,lighthouse",
        persons="stranger,couple",
        emblems="envelope,cup,clock,bulb",
        letterings="airy,airy,quiet,tall",
    ),
    "Family": Look(
        visible=0.6,
        compositions="creature,horizon,halves",
        moods="sunny,candy,sea",
        landmarks="tents,house,lighthouse",
        persons="child",
        emblems="balloon,balloon,umbrella",
        letterings="bubbly,script",
    ),
    "Fantasy": Look(
        visible=0.8,
        compositions="horizon,horizon,bust,orb",
        moods="violet,violet,forest",
        landmarks="castle",
        persons="rider,child",
        emblems="sword,sword,key",
        letterings="monument,script",
    ),
    "Horror": Look(
        visible=0.85,
        compositions="face,face,threshold,emblem",
        moods="blood,blood,blood,noir",
        landmarks="bare tree,house,bare tree",
        persons="stranger,child",
        emblems="skull,knife,eye",
        letterings="rotten,rotten,tall",
    ),
    "Mystery": Look(
        visible=0.3,
        compositions="threshold,street,orb",
        moods="noir,forest,violet",
        landmarks="house,lighthouse",
        persons="stranger",
        emblems="magnifier,key,eye",
        letterings="airy,quiet",
    ),
    "Romance": Look(
        visible=0.75,
        compositions="pair,pair,pair,sea",
        moods="rose,rose,rose,sunny",
        landmarks="tents,lighthouse",
        persons="couple,couple",
        emblems="heart,heart,envelope,umbrella",
        letterings="script,script,airy",
    ),
    "Sci-Fi": Look(
        visible=0.72,
        compositions="orb,orb,orb,bust",
        moods="cold,violet,steel",
        landmarks="rocket,saucer,skyline",
        persons="robot,stranger",
        emblems="eye,bulb",
        letterings="monument,airy",
    ),
    "Thriller": Look(
        visible=0.6,
        compositions="threshold,threshold,street,face",
        moods="cold,noir,cold",
        landmarks="skyline,house,car",
        persons="stranger,stranger,runner",
        emblems="clock,eye,knife,key",
        letterings="tall,tall,heavy",
    ),
    "War": Look(
        visible=0.3,
        compositions="horizon,face",
        moods="mud,mud,steel",
        landmarks="planes,bare tree",
        persons="soldier",
        emblems="envelope,compass",
        letterings="heavy,tall",
    ),
    "Western": Look(
        visible=0.9,
        compositions="horizon,horizon,horizon,halves",
        moods="desert",
        landmarks="cactus,cactus,cactus,tents",
        persons="cowboy,rider",
        emblems="revolver,skull",
        letterings="saloon",
    ),
}


def plan_poster(genres: tuple[str, ...], year: int, rng: Random) -> Brief:
    """Choose what the poster of a film shows.

    Args:
        genres: Genres of the film, keys of ``LOOKS``.
        year: Year of release.
        rng: Random number generator.

    """
    looks = [LOOKS[g] for g in genres]

    def choose(part: str, every_name: Iterable[str]) -> str:
        # the more visual of two genres is more probable
        look = rng.choices(looks, [look.visible**1.5 for look in looks])[0]
        if rng.random() < look.visible:
            names: str = getattr(look, part)
            return rng.choice(names.split(","))
        return rng.choice(list(every_name))

    return Brief(
        composition=choose("compositions", COMPOSITIONS),
        palette=mix_palette(choose("moods", MOODS), year, rng),
        landmark=choose("landmarks", LANDMARKS),
        person=choose("persons", PEOPLE),
        emblem=choose("emblems", EMBLEMS),
        lettering=choose("letterings", LETTERINGS),
        year=year,
    )
