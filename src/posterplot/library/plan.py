"""Plan the changes to each film of a library, without writing any file."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, NamedTuple

from posterplot.errors import FilmError
from posterplot.films import Film, Prediction
from posterplot.library.find import Found, LeftOut
from posterplot.library.genre_names import Names, same_genre
from posterplot.library.journal import Change
from posterplot.library.names import Name, parse_name
from posterplot.library.nfo_edit import Splice, add_elements, replace_genres
from posterplot.library.nfo_new import new_nfo
from posterplot.library.nfo_read import NfoFacts, different_films, read, split_genres
from posterplot.library.nfo_scan import Nfo, NfoError, scan
from posterplot.library.write import Original, read_file

Action = Literal["write", "keep", "skip"]
Mode = Literal["missing", "add", "replace"]

_LEFT_OUT = "the films that this model was measured on: left out by `only_familiar`"


@dataclass(frozen=True, slots=True)
class TagOptions:
    """The options of :func:`posterplot.library.tag.tag`.

    Attributes:
        mode: Write genres where there are none, add to the existing ones, or replace them.
        names: Film or series -> a function from a genre of the model to the names to write.
        create: Whether an NFO is created for a film that has none.
        tags: Whether genres without such a name are written as tags.
        all_films: Whether films without an NFO are predicted too, though nothing is written.
        only_familiar: Whether films unlike those that the model was measured on are left out.

    """

    mode: Mode
    names: Mapping[str, Names]
    create: bool = False
    tags: bool = False
    all_films: bool = False
    only_familiar: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What is planned for a film, or was done with it.

    Attributes:
        path: Path of the film's video or folder, relative to the library.
        title: Title in the NFO or in the name of the file; empty if nothing was read.
        year: Year of release, or None.
        nfo: The NFO files to write, relative to the library; if none is written, those found.
        poster: Path of the poster, relative to the library, or None.
        genres: Genres in the NFO.
        write: Genres to write: in place of the existing ones, or in mode ``add`` in addition.
        tags: Genres to write as tags, as they have no name among the genre names chosen.
        probabilities: Genre of the model -> probability; empty if no prediction was needed.
        action: Write, keep (it has genres) or skip.
        reason: Reason of the action, as a phrase.
        is_error: Whether a film is skipped because of an error, rather than by the user's choice.
        unfamiliar: Whether a film is skipped because of ``only_familiar``.
        unnamed: Why nothing can be guaranteed of the film, so that it has no predicted genre.
        origins: The programs that probably wrote the NFOs.
        changes: Changes to each file, if the action is write.

    """

    path: str
    title: str = ""
    year: int | None = None
    nfo: tuple[str, ...] = ()
    poster: str | None = None
    genres: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    probabilities: Mapping[str, float] = field(default_factory=dict)
    action: Action = "skip"
    reason: str = ""
    is_error: bool = False
    unfamiliar: bool = False
    unnamed: str = ""
    origins: tuple[str, ...] = ()
    changes: tuple[Change, ...] = field(default=(), repr=False)


class _NfoFile(NamedTuple):
    file: Original
    nfo: Nfo
    facts: NfoFacts


class Candidate(NamedTuple):
    """A film whose genres will be predicted.

    Attributes:
        found: Files of the film.
        film: The input of the model.
        decision: Decision, as far as it is known before the prediction.
        nfos: The contents of its NFOs; empty where one is to be created, or none is to be written.
        name: Title, year and ids from the name of its folder or file.

    """

    found: Found
    film: Film
    decision: Decision
    nfos: tuple[_NfoFile, ...]
    name: Name | None


def read_candidate(found: Found | LeftOut, root: Path, options: TagOptions) -> Candidate | Decision:
    """Read the NFOs of a film, and decide whether its genres are predicted.

    Returns:
        A candidate for prediction, or the decision where that needs no prediction.

    """
    path = relative(found.path, root)
    if isinstance(found, LeftOut):
        return Decision(path, reason=found.reason, is_error=found.is_error)
    poster = None if found.poster is None else relative(found.poster, root)
    start = Decision(path, nfo=tuple(relative(nfo, root) for nfo in found.nfos), poster=poster)
    nfos, foreign = [], []
    for nfo in found.nfos:
        try:
            nfos.append(_read(nfo, found.kind))
        except NfoError as error:
            reason = f"{nfo.name} {error.what}"
            if not error.foreign:
                return replace(start, reason=reason, is_error=True)
            foreign.append(reason)
    if not nfos and foreign:
        return replace(start, reason="; ".join(foreign))
    return _plan_film(found, start, tuple(nfos), tuple(foreign), options)


def _plan_film(
    found: Found,
    start: Decision,
    nfos: tuple[_NfoFile, ...],
    foreign: tuple[str, ...],
    options: TagOptions,
) -> Candidate | Decision:
    facts = [nfo.facts for nfo in nfos]
    names = {nfo.file.path.name for nfo in nfos}
    title = next((f.title for f in facts if f.title), "")
    plot = next((f.plot for f in facts if f.plot), "")
    genres = split_genres([genre for f in facts for genre in f.genres])
    start = replace(
        start,
        title=title,
        year=next((f.year for f in facts if f.year), None),
        genres=genres,
        nfo=tuple(n for n in start.nfo if not nfos or Path(n).name in names),
        origins=tuple(dict.fromkeys(f.origin for f in facts if f.origin)),
    )
    for nfo in nfos:
        if nfo.facts.lock:
            return replace(start, reason=f"{nfo.file.path.name} {nfo.facts.lock}")
    if genres and options.mode == "missing":
        lacking = [n.file.path.name for n in nfos if not n.facts.genres]
        more = f"; {', '.join(lacking)} has none" if lacking else ""
        return replace(start, action="keep", reason=f"has genres{more}")
    if ids := different_films(facts):
        reason = f"{' and '.join(sorted(names))} are of different films ({ids}); correct one"
        return replace(start, reason=reason, is_error=True)
    if not nfos and not (options.create or options.all_films):
        return replace(start, reason="has no NFO; `create` writes one")
    name = None
    if not title or not nfos:
        name = parse_name(found.name)
        start = replace(start, title=title or name.title, year=start.year or name.year)
    try:
        film = Film("", start.title, start.year, plot or None, (), found.poster, source=start.path)
    except FilmError:
        return replace(
            start, reason="has neither a poster nor a plot to predict from", is_error=True
        )
    notes = [f"{n.file.path.name}: {note}" for n in nfos for note in n.facts.notes]
    start = replace(start, reason="; ".join((*foreign, *notes)))
    return Candidate(found, film, start, nfos, name)


def decide(
    candidate: Candidate, prediction: Prediction, root: Path, options: TagOptions
) -> Decision:
    """Decide what is written for a film, given its predicted genres.

    Args:
        candidate: Candidate returned by :func:`read_candidate`.
        prediction: Prediction for its film.
        root: Root folder of the library.
        options: Options of the run.

    """
    start = replace(candidate.decision, probabilities=prediction.probabilities)
    if options.only_familiar and not prediction.familiar:
        compared = "unlike" if prediction.familiar is False else "not known to be like"
        return replace(start, reason=f"{compared} {_LEFT_OUT}", unfamiliar=True)
    names = options.names[candidate.found.kind]
    write = dict.fromkeys(name for genre in prediction.genres for name in names(genre))
    nameless = tuple(genre for genre in prediction.genres if not names(genre))
    tags = nameless if options.tags else ()
    if not prediction.genres:
        return replace(start, reason="the model is not sure of any genre")
    if not write and not tags:
        reason = f"predicted {', '.join(nameless)}, which has no name among these genres"
        return replace(start, reason=f"{reason}; `tags` writes it as a tag")
    if options.mode == "add":
        write = {name: None for name in write if not same_genre(name, start.genres)}
    start = replace(start, write=tuple(write), tags=tags)
    if not candidate.nfos:
        return _decide_new(candidate, start, root, options)
    try:
        changes = [_change(nfo, start, root, options) for nfo in candidate.nfos]
    except NfoError as error:
        return replace(start, write=(), tags=(), reason=error.what, is_error=True)
    changes = [change for change in changes if change.splices]
    if not changes:
        return replace(start, write=(), tags=(), action="keep", reason="has these genres")
    return replace(start, action="write", changes=tuple(changes))


def _decide_new(candidate: Candidate, start: Decision, root: Path, options: TagOptions) -> Decision:
    found, name = candidate.found, candidate.name
    if not options.create:
        return replace(start, reason="has no NFO; `create` writes one")
    ids = name.ids if name else {}
    if not start.title or not (start.year or ids):
        return replace(start, reason="its name has no title and year for an NFO", is_error=True)
    content = new_nfo(start.title, start.year, ids, start.write, start.tags)
    path = relative(found.new_nfo, root)
    reason = "new NFO"
    if not ids:
        reason += "; without an id in the film's name, Kodi looks up no other data"
    change = Change(path, None, (Splice(0, 0, content),))
    return replace(start, nfo=(path,), action="write", reason=reason, changes=(change,))


def _change(nfo: _NfoFile, decision: Decision, root: Path, options: TagOptions) -> Change:
    """Return the change that gives an NFO these genres; it has no splices if nothing changes."""
    existing = nfo.facts.genres
    splices: list[Splice] = []
    if options.mode == "replace":
        wanted = decision.write
        values = [nfo.nfo.value(element) for element in nfo.nfo.named("genre")]
        if wanted and values != list(wanted):
            splices += replace_genres(nfo.nfo, wanted)
    else:
        # genres of another NFO of the film come first, so that all NFOs end with the same genres
        both = (*decision.genres, *decision.write)
        wanted = tuple(name for name in both if not same_genre(name, existing))
        if wanted:
            splices += add_elements(nfo.nfo, "genre", wanted)
    existing_tags = [tag.casefold() for tag in nfo.facts.tags]
    tags = [tag for tag in decision.tags if tag.casefold() not in existing_tags]
    if tags:
        splices += add_elements(nfo.nfo, "tag", tags)
    change = Change(relative(nfo.file.path, root), nfo.file.data, tuple(splices))
    _check(change, nfo, decision, options)
    return change


def _check(change: Change, nfo: _NfoFile, decision: Decision, options: TagOptions) -> None:
    """Read the new content as a media server would, and refuse it if anything else changed."""
    if not change.splices:
        return
    unsafe = NfoError(f"{nfo.file.path.name} cannot be edited safely")
    try:
        after = read(scan(change.new, nfo.nfo.root))
    except NfoError as error:
        raise unsafe from error
    before = nfo.facts
    unchanged = ("title", "year", "plot", "ids", "lock")
    if any(getattr(before, name) != getattr(after, name) for name in unchanged):
        raise unsafe
    if options.mode == "replace" and decision.write:
        correct = after.genres == decision.write
    else:
        wanted = (*decision.genres, *decision.write)
        correct = all(same_genre(name, after.genres) for name in wanted)
    if not correct:
        raise unsafe


def relative(path: Path, root: Path) -> str:
    """Return a path relative to the library, with ``/``; "." for the library itself."""
    return os.fspath(path.relative_to(root).as_posix())


def _read(path: Path, kind: str) -> _NfoFile:
    file = read_file(path)
    nfo = scan(file.data, "tvshow" if kind == "series" else "movie")
    return _NfoFile(file, nfo, read(nfo))
