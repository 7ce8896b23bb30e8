"""Damage catalogues for as long as wanted: every one must be read or refused in one clear line.

Run from the repository's root::

    python fuzz/catalogue.py csv --seconds 600
    python fuzz/catalogue.py json --seconds 600
    python fuzz/catalogue.py hdf5 --seconds 600

Good files are damaged at random: bytes flipped, cut, repeated, and swapped for what has a meaning
in the format. A damaged file that ends in anything but films, reasons or a ``PosterplotError``, or
that takes over ten seconds of processor time, stops the run and stays where it is named. The
attributes of an HDF5 file, which posterplot reads in a new process first, are read in a fork here:
that is a hundred times faster.
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

import h5py
import numpy as np

from posterplot.catalogue import mm_imdb_hdf5, open_catalogue
from posterplot.catalogue.detect import open_table
from posterplot.errors import PosterplotError

_LONGEST = 10.0  # seconds of processor time that one catalogue may take
_TOKENS = [
    *(b'"', b'""', b",", b";", b"\t", b"|", b"\n", b"\r", b"\0", b"\xff\xfe", b"\xef\xbb\xbf"),
    *(b"[", b"]", b"{", b"}", b"'", b"\\", b"\\N", b"N/A", b"null", b"NaN", b"1e999", b"-0"),
    *(b"[" * 2000, b"9" * 5000, b"\xc3", b"\xed\xa0\x80", b"id", b"genres", b"overview"),
    *(b"../../etc/passwd", b"/dev/zero", b"__import__('os')", b"{'a': 1}", b"['a' 'b']", b"True"),
]
_CSV = b"""id,title,year,overview,genres,poster,split
1,A,1990,"A film, and ""more"".","['Drama', 'War']",a.jpg,train
2,B,1991-05-01,Another film.,"[{""id"": 18, ""name"": ""Drama""}]",https://host/b.jpg,test
3,\xc3\x89,,N/A,Drama|War,/abc.jpg,
"""
_JSON = json.dumps(
    [
        {"id": 1, "title": "A", "overview": "A film.", "genre_ids": [18, 28], "poster_path": "/a"},
        {"id": 2, "name": "B", "overview": None, "genres": [{"id": 35, "name": "Comedy"}]},
        {"imdbID": "tt1", "Title": "C", "Plot": "N/A", "Genre": "War", "Response": "True"},
    ]
).encode()
_WIKIDATA = json.dumps(
    {
        "head": {"vars": ["film", "filmLabel", "genreLabel"]},
        "results": {
            "bindings": [
                {
                    "film": {"type": "uri", "value": "http://www.wikidata.org/entity/Q1"},
                    "filmLabel": {"type": "literal", "value": "A"},
                    "genreLabel": {"type": "literal", "value": "comedy horror"},
                    "overview": {"type": "literal", "value": "A film."},
                }
            ]
        },
    }
).encode()


def main() -> None:
    """Damage, read, and print how often which end was met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("csv", "json", "hdf5"))
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)  # noqa: S311
    folder = Path(tempfile.mkdtemp())
    good = {"csv": _CSV, "json": _JSON, "hdf5": b""}[arguments.kind] or _hdf5(folder)
    suffixes = {"csv": [".csv", ".tsv", ".csv.gz"], "json": [".json", ".jsonl"]}
    mm_imdb_hdf5._try_in_a_child = try_in_a_fork
    ends: Counter[str] = Counter()
    stop = time.monotonic() + arguments.seconds
    while time.monotonic() < stop:
        path = folder / f"films{chance.choice(suffixes.get(arguments.kind, ['.hdf5']))}"
        lines = good.replace(b"}, {", b"}\n{").strip(b"[]") if path.suffix == ".jsonl" else good
        if path.suffix == ".json" and chance.random() < 0.3:
            lines = _WIKIDATA
        path.write_bytes(damaged(lines, chance))
        started = time.process_time()  # on a busy machine the clock says nothing
        try:
            ends[read(path)] += 1
        except Exception:
            traceback.print_exc()
            sys.exit(f"after {ends.total():,} catalogues: {path}")
        if time.process_time() - started > _LONGEST:
            sys.exit(f"took over {_LONGEST:.0f} s: {path}")
        path.unlink()
    print(f"{ends.total():,} catalogues: {dict(ends)}")


def read(path: Path) -> str:
    """Read a catalogue to its end; return how it ended."""
    try:
        list(open_table(path).read(()))  # also of files that only have labels
        for item in open_catalogue(path).films():
            repr(item)
    except PosterplotError as error:
        if not error.what or "\n" in str(error):
            raise AssertionError(f"not one line: {error!r}") from error
        return "refused"
    return "read"


def try_in_a_fork(path: Path) -> None:
    """Read the attributes of an HDF5 file where the library may hang or crash."""
    child = os.fork()
    if not child:
        signal.alarm(int(mm_imdb_hdf5._OPEN_TIMEOUT))
        try:
            with h5py.File(path, "r") as file:
                file["genres"].attrs["target_names"], file.attrs.get("split")
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        ended = os.WTERMSIG(status) == signal.SIGALRM
        raise mm_imdb_hdf5._damaged("does not end" if ended else "crashes the HDF5 library", path)


def damaged(good: bytes, chance: random.Random) -> bytes:
    """Return a file with one to eight faults."""
    content = bytearray(good)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(content) + 1)
        end = place + chance.choice((0, 1, 1, 2, 8, 64))
        match chance.randrange(5):
            case 0 if place < len(content):
                content[place] ^= 1 << chance.randrange(8)
            case 1:
                content[place:end] = chance.choice(_TOKENS)
            case 2:
                content[place:end] = b""
            case 3:
                content[place:place] = content[place:end] * chance.choice((1, 2, 50))
            case 4:
                content[place:end] = chance.randbytes(end - place)
    return bytes(content[: chance.choice((len(content), len(content), place))] or b"\n")


def _hdf5(folder: Path) -> bytes:
    path = folder / "good.hdf5"
    with h5py.File(path, "w") as file:
        file["genres"] = np.eye(4, 3, dtype=np.int32)
        file["genres"].attrs["target_names"] = json.dumps(["Drama", "Comedy", "War"])
        file["imdb_ids"] = np.array([b"0000001", b"0000002", b"0000003", b"0000004"], "S7")
        images = np.zeros((4, 3, 16, 10), np.int32)
        file.create_dataset("images", data=images, chunks=(1, 3, 16, 10), compression="gzip")
        kind = np.dtype([("split", "S5"), ("start", "i8"), ("stop", "i8")])
        file.attrs["split"] = np.array([(b"train", 0, 2), (b"dev", 2, 3), (b"test", 3, 4)], kind)
    return path.read_bytes()


if __name__ == "__main__":
    main()
