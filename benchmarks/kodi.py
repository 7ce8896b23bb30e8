"""Check which genres Kodi reads from a library after ``tag``, for many kinds of NFO and layouts.

Needs Kodi on a virtual screen, and ffmpeg for a second of black::

    apt-get install --no-install-recommends kodi kodi-bin xvfb xauth ffmpeg
    python benchmarks/kodi.py

Runs three Kodis, each with a new home: one exports NFO files, which are added to the library; one
imports the library before ``tag`` writes, and is refreshed with ``--kodi``; one imports it
afterwards. The genres of every film that Kodi reads must be those of its NFO.
"""

import argparse
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.library.oddities import ODDITIES, PLAIN_FILM  # noqa: E402

from posterplot.errors import FilmError  # noqa: E402
from posterplot.library.find import Found, find_films  # noqa: E402
from posterplot.library.nfo_read import read  # noqa: E402
from posterplot.library.nfo_scan import scan  # noqa: E402

EXPORTED = 6


def main() -> None:
    """Build the library, tag it, and print where the genres in Kodi differ."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    work = Path(tempfile.mkdtemp(prefix="posterplot-kodi-"))
    library = work / "films"
    build(library)
    export(work / "exported", library)
    with kodi(library) as ask:
        before = scanned(ask)
        port = ask.port
        answer = tag(work, library, "--write", "--kodi", f"http://127.0.0.1:{port}")
        refreshed = settled(ask)
    with kodi(library) as ask:
        fresh = scanned(ask)
    expected = genres_of(library)
    print(answer)
    print(f"Kodi read {len(before)} films before, {len(refreshed)} after --kodi, {len(fresh)} anew")
    print(f"{len(expected)} films were tagged, or have genres; Kodi cannot read:")
    print(*sorted(f"  {path}" for path in set(expected) - set(fresh)), sep="\n")
    for name, films in (("refreshed by --kodi", refreshed), ("imported anew", fresh)):
        compare(name, films, expected)
    left = set(fresh) - set(expected)
    same = sum(before[path] == fresh[path] == refreshed[path] for path in left)
    print(f"left alone: {same} of {len(left)} films are to Kodi what they were")
    shutil.rmtree(work)


def compare(name: str, films: dict[str, list[str]], expected: dict[str, list[str]]) -> None:
    """Print how many films have the genres of their NFO in Kodi, and which do not."""
    there = {path: genres for path, genres in films.items() if path in expected}
    wrong = [path for path, genres in there.items() if genres != expected[path]]
    print(f"{name}: {len(there) - len(wrong)} of {len(there)} films have the genres of their NFO")
    for path in sorted(wrong):
        print(f"  {path}: Kodi {there[path]}, NFO {expected[path]}")


def build(library: Path) -> None:
    """Write a film for every kind of NFO, and one for every layout."""
    video, picture = library.parent / "black.mp4", library.parent / "poster.jpg"
    command = "ffmpeg -loglevel error -f lavfi -i color=black:s=64x36:d=1"
    subprocess.run([*command.split(), str(video)], check=True)
    Image.new("RGB", (200, 300), "darkred").save(picture)

    def film(path: str, nfo: bytes | None = None, at: str = "") -> None:
        place = library / path
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(video, place)
        shutil.copy(picture, place.parent / "poster.jpg")
        if nfo is not None:
            (place.parent / (at or f"{place.stem}.nfo")).write_bytes(nfo)

    for n, oddity in enumerate(ODDITIES.values()):
        name = f"Salt {n:02} (1999)"
        # the titles must only differ from each other
        data = oddity.data
        film(f"{name}/{name}.mp4", data, at="movie.nfo" if n % 3 else "")
        if n % 5 == 0:
            (library / name / f"{name}.nfo").write_bytes(data)
            (library / name / "movie.nfo").write_bytes(data)
    for n in (1, 2):
        film(f"Parts (2001)/Parts (2001)-cd{n}.mp4", PLAIN_FILM if n == 1 else None)
        film(f"Several/Film {n} (2003).mp4", PLAIN_FILM)
    film("Disc (2002)/VIDEO_TS/VIDEO_TS.IFO", PLAIN_FILM)
    film("Ray (2002)/BDMV/index.bdmv")
    (library / "Ray (2002)/movie.nfo").write_bytes(PLAIN_FILM)
    film("Any name (2004)/Any.name.2004.mp4", PLAIN_FILM, at="another.nfo")
    for n in range(EXPORTED):
        name = f"Exported {n} (2005)"
        film(f"{name}/{name}.mp4")


def export(work: Path, library: Path) -> None:
    """Export NFO files with Kodi, and copy them to films that have none."""
    for n in range(EXPORTED):
        name = f"Exported {n} (2005)"
        shutil.copytree(library / name, work / name)
        genres = b"<genre>Drama</genre><genre>War</genre>" if n % 3 == 2 else b""
        title = f"<movie><title>Exported {n} &amp; \xc3\xa9\xc3\xa8</title>".encode("latin-1")
        (work / name / "movie.nfo").write_bytes(
            PLAIN_FILM.replace(b"<movie>\n", title + genres + b"\n", 1)
        )
    with kodi(work) as ask:
        scanned(ask)
        ask("VideoLibrary.Export", options={"overwrite": True, "images": False})
        time.sleep(5)
    for n in range(EXPORTED):
        name = f"Exported {n} (2005)"
        shutil.copy(work / name / f"{name}.nfo", library / name)


def tag(work: Path, library: Path, *options: str) -> str:
    """Run the command; return its stderr."""
    env = {**os.environ, "XDG_STATE_HOME": str(work / "state")}
    command = [sys.executable, "-m", "posterplot", "tag", str(library), *options]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)
    return done.stderr


def genres_of(library: Path) -> dict[str, list[str]]:
    """Return the genres of each NFO that can be edited, split as Kodi does."""
    expected = {}
    for found in find_films(library):
        if not isinstance(found, Found) or not found.nfos:
            continue
        try:
            nfo = scan(found.nfos[0].read_bytes())
            facts = read(nfo)
        except FilmError:
            continue
        if facts.lock:
            continue
        values = [nfo.value(element) for element in nfo.named("genre")]
        names = [name.strip() for value in values for name in value.split(" / ")]
        path = found.path.relative_to(library).as_posix()
        expected[path] = [name for name in names if name]
    return expected


class Ask:
    """JSON-RPC to a running Kodi."""

    def __init__(self, port: int, library: Path) -> None:
        self.port, self.library = port, library

    def __call__(self, method: str, **parameters: Any) -> Any:
        """Call a method; return its result."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/jsonrpc",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return json.load(answer)["result"]

    def films(self) -> dict[str, list[str]]:
        """Return path in the library -> genres, of each film that Kodi has."""
        answer = self("VideoLibrary.GetMovies", properties=["genre", "file"])
        films = {}
        for film in answer.get("movies", []):
            path = film["file"].removeprefix("stack://").split(" , ")[0]
            relative = Path(path).relative_to(self.library)
            if relative.parent.name in ("VIDEO_TS", "BDMV"):
                relative = relative.parent.parent
            films[relative.as_posix()] = film["genre"]
        return films


@contextmanager
def kodi(library: Path) -> Iterator[Ask]:
    """Run a Kodi with a new home, whose only source is a library of films with local NFO files."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = Path(tempfile.mkdtemp(prefix="posterplot-kodi-home-"))
    user = home / ".kodi" / "userdata"
    user.mkdir(parents=True)
    settings = {
        "services.webserver": "true",
        "services.webserverport": port,
        "services.webserverauthentication": "false",
        "services.zeroconf": "false",
        "general.addonupdates": 2,
    }
    lines = "".join(f'<setting id="{name}">{value}</setting>' for name, value in settings.items())
    (user / "guisettings.xml").write_text(f'<settings version="2">{lines}</settings>')
    (user / "sources.xml").write_text(
        f"<sources><video><source><name>films</name><path>{library}/</path></source></video></sources>"
    )
    ask = Ask(port, library)
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            ["xvfb-run", "-a", "kodi", "--standalone"],  # noqa: S607
            env={**os.environ, "HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            wait_for(ask)
            add_source(user, library)
            yield ask
        finally:
            try:
                ask("Application.Quit")
                process.wait(30)
            except (OSError, subprocess.TimeoutExpired):
                process.terminate()
                process.wait(30)
            shutil.rmtree(home, ignore_errors=True)


def wait_for(ask: Ask) -> None:
    """Wait until Kodi responds, for at most 90 seconds."""
    for _ in range(180):
        try:
            ask("JSONRPC.Ping")
            return
        except OSError:
            time.sleep(0.5)
    sys.exit("Kodi did not come up")


def add_source(user: Path, library: Path) -> None:
    """Add a folder of films with NFO files to Kodi's database as a source."""
    database = next((user / "Database").glob("MyVideos*.db"))
    with sqlite3.connect(database, timeout=20) as connection:
        connection.execute(
            "insert into path (strPath, strContent, strScraper, strHash, scanRecursive,"
            " useFolderNames, strSettings, noUpdate, exclude)"
            " values (?, 'movies', 'metadata.local', '', 2147483647, 1, '', 0, 0)",
            (f"{library}/",),
        )


def scanned(ask: Ask) -> dict[str, list[str]]:
    """Scan Kodi's library; return its films afterwards."""
    ask("VideoLibrary.Scan", directory=f"{ask.library}/", showdialogs=False)
    return settled(ask)


def settled(ask: Ask) -> dict[str, list[str]]:
    """Return Kodi's films once they no longer change."""
    last: dict[str, list[str]] = {}
    quiet = 0
    for _ in range(300):
        time.sleep(1)
        now = ask.films()
        busy = ask("XBMC.GetInfoBooleans", booleans=["Library.IsScanningVideo"])
        quiet = quiet + 1 if now == last and not any(busy.values()) else 0
        last = now
        if quiet == 6:
            break
    return last


if __name__ == "__main__":
    main()
