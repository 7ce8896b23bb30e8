"""Write overviews from sentence templates.

An overview begins with a person and a place, which do not depend on the genre. Then come sentences
of which some hint at the film's genres, some mislead, and some depend on no genre. A closing
sentence may follow.

In a template, ``[this|that]`` is a random choice, and ``{word}`` is replaced by a word. The names
and pronouns of the two people stay the same throughout an overview.
"""

import re
from random import Random

from posterplot.demo.genre_hints import HINTS
from posterplot.demo.phrases import CLOSINGS, FILLERS, OPENINGS
from posterplot.demo.word_lists import WORDS

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_WORD = re.compile(r"\{(\w+)\}")
_ARTICLE = re.compile(r"\b([Aa]) (?=[aei]|o(?!ne)|u(?!ni)|hone|hour)", re.IGNORECASE)

# The probability that the overview hints at a genre. Genres that are easy to see on posters have a
# low one, and the reverse.
HINT_PROBABILITY: dict[str, float] = {
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
_HINTS_OF = {g: [text for genres, text in HINTS if g in genres.split()] for g in HINT_PROBABILITY}

_PRONOUNS = (
    ("f", {"they": "she", "them": "her", "their": "her", "themself": "herself"}),
    ("m", {"they": "he", "them": "him", "their": "his", "themself": "himself"}),
)


def expand(template: str, names: dict[str, str], rng: Random) -> str:
    """Return a template with its choices made and its words filled in.

    Args:
        template: Text with ``[a|b]`` and ``{word}``; choices may be nested.
        names: Words that are fixed for this film.
        rng: Random number generator.

    Raises:
        KeyError: A ``{word}`` is neither in ``names`` nor in ``word_lists.WORDS``.

    """
    while _CHOICE.search(template):
        template = _CHOICE.sub(lambda found: rng.choice(found[1].split("|")), template)

    def fill(found: re.Match[str]) -> str:
        word = found[1]
        return names[word] if word in names else expand(rng.choice(WORDS[word]), names, rng)

    return _WORD.sub(fill, template)


def _characters(rng: Random) -> dict[str, str]:
    """Return the names, trades, place and pronouns of one film."""
    gender, pronouns = rng.choice(_PRONOUNS)
    hero, other = (
        rng.choice(WORDS[f"first_{gender}"]),
        rng.choice(WORDS["first_f"] + WORDS["first_m"]),
    )
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


def correct_articles(text: str) -> str:
    """Return the text with "an" before words that begin with a vowel sound."""
    return _ARTICLE.sub(r"\1n ", text)


def _sentence(text: str) -> str:
    """Start the sentence with a capital and correct its articles."""
    text = correct_articles(text)
    return text[0].upper() + text[1:]


def write_overview(genres: tuple[str, ...], rng: Random) -> str:
    """Return an overview of two to five sentences.

    Args:
        genres: Genres of the film, keys of ``HINT_PROBABILITY``.
        rng: Random number generator.

    """
    names = _characters(rng)
    middle = [
        rng.choice(_HINTS_OF[genre]) for genre in genres if rng.random() < HINT_PROBABILITY[genre]
    ]
    if rng.random() < 0.25:
        middle.append(rng.choice(HINTS)[1])  # a hint at any genre
    while len(middle) < 2 or (len(middle) < 4 and rng.random() < 0.4):
        middle.append(rng.choice(FILLERS))
    middle = list(dict.fromkeys(middle))
    rng.shuffle(middle)
    closing = [rng.choice(CLOSINGS)] if len(middle) < 4 and rng.random() < 0.45 else []
    templates = [rng.choice(OPENINGS), *middle, *closing]
    return " ".join(_sentence(expand(template, names, rng)) for template in templates)
