"""Plan the changes to each film of a library, without writing any file."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, NamedTuple

from posterplot.errors import FilmError
from posterplot.films import Film, Prediction
from posterplot.library.changes import NfoFile, Wanted, change_nfo, read_nfo
from posterplot.library.find import Found, Kind, LeftOut
from posterplot.library.genre_names import Names, same_genre
from posterplot.library.journal import Change
from posterplot.library.names import Name, parse_name
from posterplot.library.nfo_edit import Splice
from posterplot.library.nfo_new import PAGES, new_nfo
from posterplot.library.nfo_read import different_films, split_genres
from posterplot.library.nfo_scan import NfoError
from posterplot.library.write import why_unwritable

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
        all_films: Whether films are predicted too that have no NFO, or none that can be written.
        only_familiar: Whether films unlike those that the model was measured on are left out.
        write: Whether files are written, so that it is an error if one cannot be.

    """

    mode: Mode
    names: Mapping[str, Names]
    create: bool = False
    tags: bool = False
    all_films: bool = False
    only_familiar: bool = False
    write: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """What is planned for a film, or was done with it.

    Attributes:
        path: Path of the film's video or folder, relative to the library.
        kind: Whether it is a film or a series.
        title: Title in the NFO or in the name of the file; empty if nothing was read.
        year: Year of release, or None.
        nfo: The NFO files to write, relative to the library; if none is written, those found.
        poster: Path of the poster, relative to the library, or None.
        genres: Genres in the NFO.
        write: Genres to write: in place of the existing ones, or in mode ``add`` in addition.
        tags: Genres to write as tags, as they have no name among the genre names chosen.
        predicted: Names of all predicted genres, also of those that are in the NFO already.
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
    kind: Kind = "film"
    title: str = ""
    year: int | None = None
    nfo: tuple[str, ...] = ()
    poster: str | None = None
    genres: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    predicted: tuple[str, ...] = ()
    probabilities: Mapping[str, float] = field(default_factory=dict)
    action: Action = "skip"
    reason: str = ""
    is_error: bool = False
    unfamiliar: bool = False
    unnamed: str = ""
    origins: tuple[str, ...] = ()
    changes: tuple[Change, ...] = field(default=(), repr=False)


class Candidate(NamedTuple):
    """A film whose genres will be predicted.

    Attributes:
        found: Files of the film.
        film: The input of the model.
        decision: Decision, as far as it is known before the prediction.
        nfos: The contents of its NFOs; empty where one is to be created, or none is to be written.
        name: Title, year and ids from the name of its folder or file.
        unwritten: Why none of its NFOs is written; empty if they can be.

    """

    found: Found
    film: Film
    decision: Decision
    nfos: tuple[NfoFile, ...]
    name: Name | None
    unwritten: str = ""


def read_candidate(found: Found | LeftOut, root: Path, options: TagOptions) -> Candidate | Decision:
    """Read the NFOs of a film, and decide whether its genres are predicted.

    Returns:
        A candidate for prediction, or the decision where that needs no prediction.

    """
    path = relative(found.path, root)
    if isinstance(found, LeftOut):
        return Decision(path, reason=found.reason, is_error=found.is_error)
    poster = None if found.poster is None else relative(found.poster, root)
    nfo_paths = tuple(relative(nfo, root) for nfo in found.nfos)
    start = Decision(path, found.kind, nfo=nfo_paths, poster=poster)
    nfos, foreign = [], []
    for nfo in found.nfos:
        try:
            nfos.append(read_nfo(nfo, found.kind, to_write=not options.all_films))
        except NfoError as error:
            reason = f"{nfo.name} {error.what}"
            if not error.foreign:
                return replace(start, reason=reason, is_error=True)
            foreign.append(reason)
    if not nfos and foreign and not options.all_films:
        return replace(start, reason="; ".join(foreign))
    return _plan_film(found, start, tuple(nfos), tuple(foreign), options)


def _plan_film(
    found: Found,
    start: Decision,
    nfos: tuple[NfoFile, ...],
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
    unwritten = "; ".join(foreign) if not nfos else _unwritten(nfos)
    return Candidate(found, film, start, nfos, name, unwritten)


def _unwritten(nfos: tuple[NfoFile, ...]) -> str:
    problems = ((nfo.file.path.name, why_unwritable(nfo.file)) for nfo in nfos)
    return "; ".join(f"{name} {problem}" for name, problem in problems if problem)


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
    start = replace(start, predicted=tuple(write))
    nameless = tuple(genre for genre in prediction.genres if not names(genre))
    locked = next((n.file.path.name for n in candidate.nfos if n.facts.tags_locked), "")
    tags = nameless if options.tags and not locked else ()
    if not prediction.genres:
        return replace(start, reason="the model is not sure of any genre")
    locked = f"the tags of {locked} are locked (<lockedfields>), so none is written" * bool(locked)
    if not write and not tags:
        reason = f"predicted {', '.join(nameless)}, which has no name among these genres"
        remedy = (options.tags and locked) or "`tags` writes it as a tag"
        return replace(start, reason=f"{reason}; {remedy}")
    if nameless and options.tags and locked:
        start = replace(start, reason="; ".join(filter(None, (start.reason, locked))))
    if options.mode == "add":
        # "Musical" in the NFO is the predicted Musical, though the name to write is "Music"
        lacking = [genre for genre in prediction.genres if not same_genre(genre, start.genres)]
        named = (name for genre in lacking for name in names(genre))
        write = {name: None for name in named if not same_genre(name, start.genres)}
    start = replace(start, write=tuple(write), tags=tags)
    if not candidate.nfos and not candidate.unwritten:
        return _decide_new(candidate, start, root, options)
    wanted = Wanted(start.genres, start.write, start.tags, options.mode == "replace")
    try:
        changes = [change_nfo(nfo, wanted, relative(nfo.file.path, root)) for nfo in candidate.nfos]
    except NfoError as error:
        return replace(start, write=(), tags=(), reason=error.what, is_error=True)
    changes = [change for change in changes if change.splices]
    if candidate.nfos and not changes:
        return replace(start, write=(), tags=(), action="keep", reason="has these genres")
    if candidate.unwritten:
        is_error = options.write and bool(candidate.nfos)
        return replace(start, reason=candidate.unwritten, is_error=is_error)
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
    if not ids.keys() & PAGES.keys():
        reason += "; without an IMDb or TMDB id in the film's name, Kodi looks up no other data"
    change = Change(path, None, (Splice(0, 0, content),))
    return replace(start, nfo=(path,), action="write", reason=reason, changes=(change,))


def relative(path: Path, root: Path) -> str:
    """Return a path relative to the library, with ``/``; "." for the library itself."""
    return os.fspath(path.relative_to(root).as_posix())
