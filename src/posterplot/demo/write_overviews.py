"""Overviews by grammar: someone, somewhere, and what befalls them.

An overview opens with a person and a place that say nothing of the genre, goes on with beats (of
which some follow the film's genres, some mislead, some are mere life) and may close with a moral.

In a template ``[this|that]`` is a choice and ``{word}`` is filled in: the names and pronouns of the
two people stay the same through the whole overview.
"""

import re
from random import Random

from posterplot.demo.beats import BEATS
from posterplot.demo.phrases import CLOSINGS, LIFE, OPENINGS
from posterplot.demo.word_lists import WORDS

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_WORD = re.compile(r"\{(\w+)\}")
_ARTICLE = re.compile(r"\b([Aa]) (?=[aei]|o(?!ne)|u(?!ni)|hone|hour)", re.IGNORECASE)

# The chance that a genre gets a beat of its own. What shows on the poster is left out of the
# words, and the other way about.
TOLD: dict[str, float] = {
    "Action": 0.6,
    "Adventure": 0.65,
    "Animation": 0.3,
    "Comedy": 0.6,
    "Crime": 0.85,
    "Drama": 0.5,
    "Family": 0.55,
    "Fantasy": 0.75,
    "Horror": 0.5,
    "Mystery": 0.85,
    "Romance": 0.65,
    "Sci-Fi": 0.8,
    "Thriller": 0.65,
    "War": 0.9,
    "Western": 0.6,
}
_BEATS_OF = {g: [text for genres, text in BEATS if g in genres.split()] for g in TOLD}

_PRONOUNS = (
    ("f", {"they": "she", "them": "her", "their": "her", "themself": "herself"}),
    ("m", {"they": "he", "them": "him", "their": "his", "themself": "himself"}),
)


def expand(template: str, names: dict[str, str], rng: Random) -> str:
    """Return the template with its choices made and its words filled in.

    Args:
        template: text with ``[a|b]`` and ``{word}``, choices within choices allowed.
        names: words that are already settled for this film.
        rng: the source of chance.

    Raises:
        KeyError: a ``{word}`` is neither in ``names`` nor in ``words.WORDS``.

    """
    while _CHOICE.search(template):
        template = _CHOICE.sub(lambda found: rng.choice(found[1].split("|")), template)

    def fill(found: re.Match[str]) -> str:
        word = found[1]
        return names[word] if word in names else expand(rng.choice(WORDS[word]), names, rng)

    return _WORD.sub(fill, template)


def _cast(rng: Random) -> dict[str, str]:
    """Return the names, trades, place and pronouns of one film."""
    sex, pronouns = rng.choice(_PRONOUNS)
    hero, other = rng.choice(WORDS[f"first_{sex}"]), rng.choice(WORDS["first_f"] + WORDS["first_m"])
    while other == hero:
        other = rng.choice(WORDS["first_f"] + WORDS["first_m"])
    return {
        **pronouns,
        "They": pronouns["they"].capitalize(),
        "Their": pronouns["their"].capitalize(),
        "hero": hero,
        "full": f"{hero} {rng.choice(WORDS['last'])}",
        "other": other,
        "town": rng.choice(WORDS["town"]),
        "villain": rng.choice(WORDS["last"]),
    }


def mend_articles(text: str) -> str:
    """Return the text with "an" where a vowel is heard."""
    return _ARTICLE.sub(r"\1n ", text)


def _sentence(text: str) -> str:
    """Start the sentence with a capital and correct its articles."""
    text = mend_articles(text)
    return text[0].upper() + text[1:]


def write_overview(genres: tuple[str, ...], rng: Random) -> str:
    """Return an overview of two to five sentences.

    Args:
        genres: of the film, keys of ``TOLD``.
        rng: the source of chance.

    """
    names = _cast(rng)
    beats = [rng.choice(_BEATS_OF[genre]) for genre in genres if rng.random() < TOLD[genre]]
    if rng.random() < 0.25:
        beats.append(rng.choice(BEATS)[1])
    while len(beats) < 2 or (len(beats) < 4 and rng.random() < 0.4):
        beats.append(rng.choice(LIFE))
    beats = list(dict.fromkeys(beats))
    rng.shuffle(beats)
    closing = [rng.choice(CLOSINGS)] if len(beats) < 4 and rng.random() < 0.45 else []
    templates = [rng.choice(OPENINGS), *beats, *closing]
    return " ".join(_sentence(expand(one, names, rng)) for one in templates)
