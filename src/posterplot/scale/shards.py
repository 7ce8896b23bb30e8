"""Convert the films of a catalogue to shards, the units that are sent to workers."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from posterplot.catalogue import Catalogue
from posterplot.catalogue.remote import RemotePosters, address_of
from posterplot.dataset.poster_images import read_poster
from posterplot.errors import FilmError
from posterplot.films import Film, Rejected
from posterplot.inference.partial_predictions import read_digest, whole_films

FILMS = 256  # films per shard: seconds of work for a core, and about 37 kB of predictions

_FORMAT = 1  # part of every digest: if the format of the files changes, their names change
_DIGEST_BYTES = 16
_POSTER_BYTES = 32 * 2**20  # maximum size of the posters in a shard, where the table holds them
# maximum size of posters kept between computing their digest and their prediction
_KEPT_BYTES = 64 * 2**20


class Shard(NamedTuple):
    """Consecutive films of a catalogue.

    Attributes:
        number: Position of the shard, from 0.
        items: JSON: the films, and what of them the catalogue rejected.
        posters: The bytes of those that the table holds; ``items`` has their places here.
        unread_posters: JSON: where posters are that were not read -> their number, up to here.

    """

    number: int
    items: str
    posters: list[bytes]
    unread_posters: str


def shards_of(catalogue: Catalogue, films: int = FILMS) -> Iterator[Shard]:
    """Read a catalogue as shards. Memory use does not grow with their number.

    Posters in files are not read, and remote ones are not fetched: the workers do both.

    Args:
        catalogue: An opened catalogue.
        films: Number of films per shard; fewer where the posters in the table are large.

    """
    items: list[list[Any]] = []
    posters: list[bytes] = []
    held = size = number = 0
    for whole in whole_films(catalogue.addressed_films()):
        for item in whole:
            items.append(_written(item, len(posters)))
            if isinstance(item, Film) and isinstance(item.poster, bytes):
                posters.append(item.poster)
                size += len(item.poster)
        held += 1
        if held >= films or size >= _POSTER_BYTES:
            yield Shard(number, json.dumps(items), posters, json.dumps(catalogue.unread_posters))
            items, posters = [], []
            held = size = 0
            number += 1
    if items:
        yield Shard(number, json.dumps(items), posters, json.dumps(catalogue.unread_posters))


def films_of_shard(
    items: list[list[Any]], posters: list[bytes], remote: RemotePosters | None
) -> Iterator[list[Film | Rejected]]:
    """Yield the films of a shard, each after the parts of it that cannot be used.

    Args:
        items: Items of a :class:`Shard`, parsed from JSON.
        posters: Posters of the same shard.
        remote: Fetches remote posters; None if the catalogue has none.

    """
    films = (_film(item, posters, remote) for item in items)
    return whole_films(films if remote is None else remote.fetched(films))


def has_files(items: list[list[Any]]) -> bool:
    """Return whether a shard refers to poster files, which every worker must be able to read."""
    return any(item[0] == "film" and item[-1] and item[-1][0] == "file" for item in items)


def with_posters(films: Iterable[list[Film | Rejected]]) -> list[list[Film | Rejected]]:
    """Read the poster files, so that the predicted posters are those of the digest.

    If posters are very large, only the first ones are kept in memory; the others are read again.
    """
    kept = 0
    result = []
    for whole in films:
        film = whole[-1]
        if isinstance(film, Film) and isinstance(film.poster, Path) and kept < _KEPT_BYTES:
            try:
                content = read_poster(film.poster)
            except FilmError:  # prediction finds and reports the error again
                pass
            else:
                kept += len(content)
                whole = [*whole[:-1], replace(film, poster=content)]
        result.append(whole)
    return result


def shard_digest(films: Iterable[list[Film | Rejected]], settings: str) -> str:
    """Return the digest of everything that the predictions of a shard depend on.

    Args:
        films: Films from :func:`films_of_shard`.
        settings: Digest from :func:`posterplot.inference.settings.settings_digest`.

    """
    digest = hashlib.blake2b(json.dumps([_FORMAT, settings]).encode(), digest_size=_DIGEST_BYTES)
    for whole in films:
        digest.update(json.dumps([whole[-1].id, whole[-1].title]).encode())
        digest.update(read_digest(whole))
    return digest.hexdigest()


def _written(item: Film | Rejected, place: int) -> list[Any]:
    if isinstance(item, Rejected):
        return ["rejected", item.id, item.title, item.source, item.part, item.reason]
    poster: list[Any] | None = None
    if isinstance(item.poster, bytes):
        poster = ["bytes", place]
    elif isinstance(item.poster, Path):
        address = address_of(item.poster)
        poster = ["file", str(item.poster)] if address is None else ["address", address]
    return ["film", item.id, item.title, item.source, item.year, item.overview, poster]


def _film(item: list[Any], posters: list[bytes], remote: RemotePosters | None) -> Film | Rejected:
    kind, id_, title, source, *rest = item
    if kind == "rejected":
        return Rejected(id_, title, source, *rest)
    year, overview, poster = rest
    found: Path | bytes | None = None
    if poster is not None:
        where, value = poster
        if where == "address":
            found = None if remote is None else remote.path_of(value)
        else:
            found = posters[value] if where == "bytes" else Path(value)
    return Film(id_, title, year, overview, (), found, source=source)
