"""Invent titles, taglines, actors and credits of films."""

from random import Random

from posterplot.demo.art.film_poster import Words
from posterplot.demo.word_lists import WORDS
from posterplot.demo.write_overviews import correct_articles, expand

# Patterns of titles, for films of any genre and for films of one genre.
_ANY_GENRE = (
    "The {adjective} {noun}", "{noun} of {town}", "{adjective} {noun}", "{first}", "The {trade_}",
    "{number} {noun}s", "{noun} and {object}", "The Last {noun}", "A {noun} in {town}", "{town}",
    "{first} and {second}", "The {noun} of {first} {last}", "Before the {noun}", "After {town}",
    "No {noun} for {first}", "{weekday} in {town}", "{adjective} as {noun}s", "The Other {noun}",
    "Under the {adjective} {noun}", "{noun}", "What the {noun} Knew", "{first}'s {noun}",
)  # fmt: skip
_BY_GENRE: dict[str, tuple[str, ...]] = {
    "Action": ("{hard} {noun}", "{hard} {number}", "{hard} Protocol", "Codename {noun}"),
    "Adventure": (
        "The Voyage of the {adjective} {noun}",
        "Beyond {town}",
        "{first} and the {noun}",
    ),
    "Animation": ("{first} the {beast}", "{adjective} Little {beast}", "{number} {beast}s"),
    "Comedy": ("My {noun}, My {kin_}", "Meet the {last}s", "Oh, {first}!", "Help, a {noun}!"),
    "Crime": (
        "The {last} Ledger",
        "{number} Honest Thieves",
        "The {town} Job",
        "Nobody Pays {last}",
    ),
    "Drama": ("What We Owe {first}", "The Weight of {noun}s", "{town}, {season_}"),
    "Family": ("{first} and the {beast}", "The Great {noun} Race", "Our {adjective} {beast}"),
    "Fantasy": ("The {noun} Crown", "{noun}s of the {adjective} Moon", "The {beast} King"),
    "Horror": ("The {noun} Hungers", "Don't Wake {first}", "The {town} Cellar", "Skinless {noun}"),
    "Mystery": ("The {last} Affair", "Who Was {first} {last}?", "The {adjective} Alibi"),
    "Romance": (
        "Dearest {first}",
        "Love, {first}",
        "A {season_} with {first}",
        "Kiss Me in {town}",
    ),
    "Sci-Fi": ("{noun} {number}", "The {last} Signal", "Echo of {town}", "Zero {noun}"),
    "Thriller": ("The {hard} Hour", "No Way to {town}", "{hard} Witness", "The {noun} Watches"),
    "War": (
        "The Bridge at {town}",
        "Letters to {town}",
        "{number} Days of {noun}",
        "The {town} Line",
    ),
    "Western": ("A {noun} for {town}", "Ride to {town}", "{hard} Water", "The {last} Spread"),
}
_TITLE_WORDS: dict[str, list[str]] = {
    "noun": (
        "Orchard Lantern Harbour Clock Mirror Piano River Letter Garden Winter Ladder Feather "
        "Shadow Station Bridge Needle Candle Anchor Orchid Engine Meadow Window Ribbon Almanac "
        "Island Sparrow Glacier Carousel Thimble Parade Lighthouse Waltz Bell Stranger Thread"
    ).split(),
    "adjective": (
        "Crooked Silent Golden Hollow Borrowed Bitter Paper Glass Velvet Broken Distant Second "
        "Burning Blue Patient Gentle Salt Scarlet Sleeping Endless Unfinished Wandering Little"
    ).split(),
    "hard": "Iron Dead Black Blood Cold Steel Burning Final Hard Broken Red Zero".split(),
    "beast": "Hedgehog Badger Dragon Walrus Otter Moth Snail Fox Beetle Yeti Goblin Heron".split(),
    "number": "Two Three Four Seven Nine Eleven Thirteen Forty Ninety-Nine".split(),
    "weekday": "Monday Tuesday Wednesday Friday Saturday Sunday Midnight".split(),
    "season_": "Spring Summer Autumn Winter December".split(),
    "kin_": "Aunt Uncle Cousin Mother Brother Landlord".split(),
    "trade_": [trade.title() for trade in WORDS["trade"]],
    "first": WORDS["first_f"] + WORDS["first_m"],
}

_TAGLINES = (
    "Some doors remember.", "Nobody leaves on time.", "Everyone has a price. Hers was tea.",
    "It was never about the money.", "Twice is not a coincidence.", "The truth keeps odd hours.",
    "Tell no one. Then tell them again.", "What is lost was only waiting.",
    "One night. No excuses.",
    "Every family has one.", "You will want to sit down.", "There is always another train.",
    "Not all of it is true.", "He counted on everything but her.", "The quiet ones start it.",
    "Some summers do not end.", "Trust the dog.", "It gets worse before breakfast.",
    "Hold on to your hat.", "All roads lead to the wrong house.", "She came back for the piano.",
    "Look again.", "The last page is missing.", "Bring a lamp.", "A small matter of honour.",
)  # fmt: skip
_STUDIOS = ("Halfmoon", "Nine Lamps", "Paper Boat", "Red Ferry", "Tin Roof", "Second Breakfast")


def write_title(genres: tuple[str, ...], rng: Random) -> str:
    """Return a title; about a third hint at one of the genres."""
    patterns = _BY_GENRE[rng.choice(genres)] if rng.random() < 0.35 else _ANY_GENRE
    words = {key: rng.choice(pool) for key, pool in _TITLE_WORDS.items()}
    words["first"], words["second"] = rng.sample(_TITLE_WORDS["first"], 2)
    words["noun"], words["object"] = rng.sample(_TITLE_WORDS["noun"], 2)
    words["last"], words["town"] = rng.choice(WORDS["last"]), rng.choice(WORDS["town"])
    return correct_articles(expand(rng.choice(patterns), words, rng))


def write_words(title: str, rng: Random) -> Words:
    """Return the texts on the poster of a film with this title."""

    def person() -> str:
        return f"{rng.choice(_TITLE_WORDS['first'])} {rng.choice(WORDS['last'])}"

    studio = rng.choice(_STUDIOS)
    crew = rng.choice(("music", "costumes", "camera", "editing", "stunts", "hats"))
    return Words(
        title=title,
        tagline=rng.choice(_TAGLINES),
        stars=f"{person()}   ·   {person()}",
        credits=(
            f"A {studio} picture   with {person()}   {person()}   {crew} by {person()}".upper(),
            f"written by {person()}   produced by {person()}   directed by {person()}".upper(),
        ),
    )
