"""Read the metadata of a film from its NFO, as Jellyfin and Kodi do."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from posterplot.library.nfo_scan import Nfo, NfoError

# Jellyfin and Emby split at a slash, Kodi at one between spaces, tinyMediaManager at all of these.
SEPARATORS = re.compile(r"[/|;,]")

_YEAR = re.compile(r"(?:18|19|20)\d\d")
_NUMBER = re.compile(r"(?:tt)?0*([1-9]\d*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class NfoFacts:
    """The metadata in one NFO.

    Attributes:
        title: Title; empty if there is none.
        year: Year of release, or None.
        plot: Plot; empty if there is none.
        ids: ``imdb``, ``tmdb``, ``tvdb`` -> id.
        genres: Distinct, in the order of the file; "Action / Drama" counts as two.
        tags: Tags in the file.
        lock: Why the file must not be changed; empty if it may be.
        tags_locked: Whether its tags must not be changed.
        notes: Notes on how a media server reads the file, where that may be unexpected.
        origin: The program that probably wrote it, or empty.

    """

    title: str
    year: int | None
    plot: str
    ids: dict[str, str]
    genres: tuple[str, ...]
    tags: tuple[str, ...]
    lock: str
    tags_locked: bool
    notes: tuple[str, ...]
    origin: str


def read(nfo: Nfo) -> NfoFacts:
    """Read the metadata in an NFO.

    Raises:
        NfoError: A genre holds another element, where Jellyfin stops reading.

    """
    if any(element.nested for element in nfo.named("genre")):
        raise NfoError("a <genre> holds another element, where Jellyfin stops reading")
    plots = _values(nfo, "plot", "review", "biography") or _values(nfo, "outline")
    titles = _values(nfo, "title") or _values(nfo, "localtitle", "name", "originaltitle")
    return NfoFacts(
        title=titles[0] if titles else "",
        year=_year(nfo),
        plot=plots[-1] if plots else "",  # Jellyfin takes the last one
        ids=_ids(nfo),
        genres=split_genres(_values(nfo, "genre")),
        tags=tuple(_values(nfo, "tag")),
        lock=_lock(nfo),
        tags_locked="tags" in _locked_fields(nfo),
        notes=tuple(_notes(nfo)),
        origin=_origin(nfo),
    )


def different_films(facts: Iterable[NfoFacts]) -> str:
    """Return what shows that NFOs describe different films; empty if nothing does.

    Ids that differ, or no id in common and both titles and years that differ. A title may be a
    translation, and years differ by one between countries.

    Args:
        facts: What the NFOs of one film say.

    """
    facts = list(facts)
    for site in ("imdb", "tmdb"):
        ids = {int(match[1]): fact.ids[site] for fact in facts if (match := _id_number(fact, site))}
        if len(ids) > 1:
            return f"{site} {' and '.join(ids.values())}"
    for one, other in combinations(facts, 2):
        same = one.ids.items() & other.ids.items() or _key(one.title) == _key(other.title)
        known = one.title and other.title and one.year and other.year
        if known and not same and abs((one.year or 0) - (other.year or 0)) > 1:
            return f"{one.title} ({one.year}) and {other.title} ({other.year})"
    return ""


def _key(title: str) -> str:
    return "".join(letter for letter in title.casefold() if letter.isalnum())


def _id_number(fact: NfoFacts, site: str) -> re.Match[str] | None:
    return _NUMBER.fullmatch(fact.ids.get(site, ""))


def split_genres(values: list[str]) -> tuple[str, ...]:
    """Return the distinct genres of ``<genre>`` elements, split at separators as servers do."""
    found: dict[str, str] = {}
    for value in values:
        for name in SEPARATORS.split(value):
            if name := " ".join(name.split()):
                found.setdefault(name.casefold(), name)
    return tuple(found.values())


def _values(nfo: Nfo, *names: str) -> list[str]:
    return [value for element in nfo.named(*names) if (value := nfo.value(element))]


def _year(nfo: Nfo) -> int | None:
    for value in _values(nfo, "year") + _values(nfo, "premiered", "aired", "releasedate"):
        if match := _YEAR.match(value):
            return int(match[0])
    return None


def _ids(nfo: Nfo) -> dict[str, str]:
    ids: dict[str, str] = {}
    for element in nfo.named("uniqueid"):
        tag = nfo.text[element.start : element.inner[0] if element.inner else element.end]
        site = re.search(r"""type\s*=\s*["'](\w+)["']""", tag)
        if site and (value := nfo.value(element)):
            ids.setdefault(site[1].lower(), value)
    for name in ("imdb", "tmdb", "tvdb"):
        if values := _values(nfo, f"{name}id", f"{name}_id"):
            ids.setdefault(name, values[0])
    for value in _values(nfo, "id"):
        if re.fullmatch(r"tt\d{7,}", value):
            ids.setdefault("imdb", value)
    return ids


def _lock(nfo: Nfo) -> str:
    if any(value.lower() == "true" for value in _values(nfo, "lockdata")):
        return "is locked (<lockdata>); unlock the film in your media server first"
    if "genres" in _locked_fields(nfo):
        return "its genres are locked (<lockedfields>); unlock them in your media server first"
    return ""


def _locked_fields(nfo: Nfo) -> set[str]:
    fields = "|".join(_values(nfo, "lockedfields")).lower().split("|")
    return {field.strip() for field in fields}


def _notes(nfo: Nfo) -> list[str]:
    notes = []
    if nfo.bad_entity is not None:
        line = nfo.text.count("\n", 0, nfo.bad_entity) + 1
        notes.append(f"a bare & in line {line}, where Jellyfin stops reading")
    if nfo.codec is None:
        notes.append("its encoding is unknown")
    nested = nfo.named("genres")
    if nested and any(element.nested for element in nested):
        notes.append("the genres inside <genres> are read by neither Jellyfin nor Kodi")
    return notes


def _origin(nfo: Nfo) -> str:
    """Guess the program that wrote the file; Radarr and Emby leave no certain sign."""
    if "tinyMediaManager" in nfo.prolog:
        return "tinyMediaManager"
    if nfo.named("lockdata") and nfo.named("dateadded"):
        return "Jellyfin"
    if any("plugin.video.youtube/play/?video_id" in v for v in _values(nfo, "trailer")):
        return "Radarr"
    if 'standalone="yes" ?>' in nfo.prolog:
        return "Kodi"
    return ""
