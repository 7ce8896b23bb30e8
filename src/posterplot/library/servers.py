"""Notify media servers of new genres: requests to Kodi and Jellyfin, and advice for others."""

import base64
import http.client
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, NamedTuple

from posterplot.errors import UsageError

_TIMEOUT = 30
_KEY = "JELLYFIN_API_KEY"

ADVICE = {
    "Jellyfin": 'Jellyfin, Emby: run "Scan All Libraries", or wait if real-time monitoring is on.',
    "Kodi": "Kodi: refresh each film, or let `kodi=URL` do it. A scan reads only NFO files of new"
    " films.",
    "Plex": "Plex: only libraries with the Plex NFO agent read NFO files; for the others write a"
    " Kometa file with `kometa=FILE.yml`.",
    "Radarr": "Radarr: it replaces these genres at its next metadata change; switch off Settings >"
    " Metadata > Kodi (XBMC) / Emby, or run tag again.",
    "tinyMediaManager": 'tinyMediaManager: choose "Reload NFO" before it writes again, or it'
    " replaces these genres.",
}


def advice(origins: Iterable[str]) -> list[str]:
    """Return a line of advice for each program that must re-read the genres.

    Args:
        origins: The programs that probably wrote the library's NFO files. Which servers read them
            is unknown, so the common ones are always included.

    """
    wanted = {"Jellyfin", "Kodi", "Plex", *origins}
    return [line for name, line in ADVICE.items() if name in wanted]


class Kodi:
    """A running Kodi, with "Allow remote control via HTTP" switched on.

    Args:
        url: ``http://[user:password@]host:8080``.

    Raises:
        UsageError: Kodi does not respond.

    """

    def __init__(self, url: str) -> None:
        self._url, self._headers = _address(url, "kodi", "http://localhost:8080")
        self._call("JSONRPC.Ping")

    def refresh(self, paths: Iterable[str], *, series: bool = False) -> list[str]:
        """Make Kodi re-read the NFOs of films or series in its library.

        Args:
            paths: Absolute paths of the films' videos or folders on this machine. Kodi may know
                them under another root, so the ends of the paths are compared: the name and, for a
                video, also its folder.
            series: Whether they are series.

        Returns:
            The paths that Kodi does not know, or that match several of its films equally well.

        """
        item_type, method = ("tvshow", "TVShows") if series else ("movie", "Movies")
        response = self._call(f"VideoLibrary.Get{method}", properties=["file"])
        known: dict[str, list[_Known]] = {}
        for item in response.get(f"{item_type}s", []):
            parts, is_folder = _parts(item["file"])
            if parts:
                entry = _Known(parts, is_folder or series, item[f"{item_type}id"])
                known.setdefault(parts[-1], []).append(entry)
        chosen: list[int] = []
        unknown = []
        for path in paths:
            match = _best(_parts(path)[0], known)
            if match is None:
                unknown.append(path)
            else:
                chosen.append(match)
        name = "RefreshTVShow" if series else "RefreshMovie"
        for item_id in chosen:
            self._call(f"VideoLibrary.{name}", **{f"{item_type}id": item_id, "ignorenfo": False})
        return unknown

    def _call(self, method: str, **parameters: Any) -> Any:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        url = f"{self._url}/jsonrpc"
        response = _send(url, {**self._headers, "Content-Type": "application/json"}, body, "kodi")
        if not isinstance(response, dict) or "result" not in response:
            error = response.get("error") if isinstance(response, dict) else None
            message = error.get("message") if isinstance(error, dict) else "no response"
            raise UsageError(f"Kodi refuses {method}: {message}", argument="kodi")
        return response["result"]


class Jellyfin:
    """A running Jellyfin or Emby; its API key is in the environment.

    Args:
        url: ``http://host:8096``.

    Raises:
        UsageError: There is no key, the server refuses it, or the server does not respond.

    """

    def __init__(self, url: str) -> None:
        self._url, headers = _address(url, "jellyfin", "http://localhost:8096")
        key = os.environ.get(_KEY, "")
        if not key:
            raise UsageError(
                "needs an API key",
                argument="jellyfin",
                hint=f"make one in Dashboard > API Keys, and set {_KEY}",
            )
        self._headers = {**headers, "X-Emby-Token": key}
        _send(f"{self._url}/System/Info", self._headers, None, "jellyfin")

    def scan(self) -> None:
        """Start a scan of its libraries."""
        _send(f"{self._url}/Library/Refresh", self._headers, {}, "jellyfin")


class _Known(NamedTuple):
    """A film or series of Kodi. Of a disc and a series, the folder is known."""

    parts: tuple[str, ...]
    is_folder: bool
    id: int


def _best(parts: tuple[str, ...], known: Mapping[str, Sequence[_Known]]) -> int | None:
    """Return the item whose path shares the longest end with this one, if there is only one.

    The name of a video says too little, as ``movie.mkv``: its folder must be the same, too.
    """
    if not parts:
        return None
    scored = []
    for item in known.get(parts[-1], []):
        shared = 0
        for part, other in zip(reversed(parts), reversed(item.parts), strict=False):
            if part != other:
                break
            shared += 1
        if shared >= (1 if item.is_folder else min(2, len(parts), len(item.parts))):
            scored.append((shared, item.id))
    scored.sort(reverse=True)
    if not scored or (len(scored) > 1 and scored[0][0] == scored[1][0]):
        return None
    return scored[0][1]


def _parts(path: str) -> tuple[tuple[str, ...], bool]:
    """Return the names in a path of any operating system, and whether it is that of a disc.

    For a disc, they are those up to its folder.
    """
    if path.startswith("stack://"):
        path = path.removeprefix("stack://").split(" , ")[0].replace(",,", ",")
    windows = "\\" in path and "/" not in path
    parts = (PureWindowsPath if windows else PurePosixPath)(path).parts
    count = len(parts)
    while parts and parts[-1].lower() in ("video_ts.ifo", "index.bdmv", "video_ts", "bdmv"):
        parts = parts[:-1]
    return parts, len(parts) < count


def _address(url: str, argument: str, example: str) -> tuple[str, dict[str, str]]:
    """Return an address without its password, and the headers that hold the password."""
    parts = urllib.parse.urlsplit(url)
    try:
        port, valid = parts.port, parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:  # the port is not a number
        port, valid = None, False
    if not valid:
        raise UsageError(
            "is not the address of a server", argument=argument, hint=f"write {example}"
        )
    headers = {}
    if parts.username is not None:
        name, password = map(urllib.parse.unquote, (parts.username, parts.password or ""))
        token = base64.b64encode(f"{name}:{password}".encode()).decode()
        headers["Authorization"] = f"Basic {token}"
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    bare = f"{parts.scheme}://{host}" + (f":{port}" if port else "") + parts.path.rstrip("/")
    return bare, headers


def _send(url: str, headers: dict[str, str], body: Any, argument: str) -> Any:
    """Send a request; return the JSON of the response, or an empty dict."""
    data = None if body is None else json.dumps(body).encode()
    # _address checked that it is http or https
    request = urllib.request.Request(url, data, headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:  # noqa: S310
            content = response.read()
        return json.loads(content) if content.strip() else {}
    except urllib.error.HTTPError as error:
        what = (
            "refuses the name or key given" if error.code in (401, 403) else f"returns {error.code}"
        )
        raise UsageError(
            f"{url} {what}", argument=argument, hint="check the address and the key"
        ) from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise UsageError(
            f"{url} does not respond ({reason})", argument=argument, hint="check the address"
        ) from error
