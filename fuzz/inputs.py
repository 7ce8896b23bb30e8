"""Feed random inputs, guided by coverage, to what reads the files and requests of strangers.

Needs atheris (``pip install 'posterplot[fuzz]'``; Linux). Run from the repository's root::

    python fuzz/inputs.py image -max_total_time=1800
    python fuzz/inputs.py bundle -max_total_time=1800 …

Kinds: image, bundle, tokenizer, configuration, dataset, nfo, json, multipart. Tables and HDF5 have
a program of their own: fuzz/catalogue.py. Every input must be read, or refused with one line.
Anything else stops the run, and libFuzzer writes the input to a file. Further arguments are those
of libFuzzer.
"""

import asyncio
import io
import json
import sys
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["posterplot", "PIL", "python_multipart", "tomllib"]):
    from PIL import Image
    from starlette.requests import Request

    from posterplot.dataset.reading import open_dataset
    from posterplot.dataset.stored_poster import stored_poster
    from posterplot.errors import PosterplotError
    from posterplot.films import Film
    from posterplot.inference import bundle as bundles
    from posterplot.inference.reader import Reader
    from posterplot.library.nfo_edit import add_elements, apply, replace_genres
    from posterplot.library.nfo_read import read
    from posterplot.library.nfo_scan import scan
    from posterplot.serve.http.bodies import BodyMemory, body_of, read_explain, read_predict
    from posterplot.serve.http.problems import CallError
    from posterplot.training.config.run_config import load_config

_FOLDER = Path(tempfile.mkdtemp(prefix="posterplot-fuzz-"))
_SHIPPED = bundles.shipped_bundle()
_TOKENIZER = b'{"version":"1.0","model":{"type":"WordLevel","vocab":{"a":0},"unk_token":"a"}}'
# small stand-ins, as nothing here runs a graph
_FILES = {bundles.GRAPH: b"graph", bundles.CARD: b"card", bundles.TOKENIZER: _TOKENIZER}


def manifest(**changed: bytes) -> bytes:
    """Return the manifest of the packaged model, over the stand-ins."""
    content = json.loads((_SHIPPED / bundles.MANIFEST).read_bytes())
    files = _FILES | {name.replace("_", "."): value for name, value in changed.items()}
    content["files"] = {name: sha256(value).hexdigest() for name, value in files.items()}
    content["provenance"] = {}
    content["digest"] = bundles._digest(content)
    return json.dumps(content).encode()


def refused(error: PosterplotError) -> None:
    """Check that an error is one line that says something."""
    if not error.what or "\n" in str(error):
        raise AssertionError(f"not one line: {error!r}")


def image(data: bytes) -> None:
    """Decode a poster as every command does."""
    stored_poster(data)


def bundle(data: bytes) -> None:
    """Read a manifest with a right digest, as a stranger would write it."""
    try:
        content = json.loads(data)
        content["digest"] = bundles._digest(content)
        data = json.dumps(content).encode()
    except (ValueError, TypeError, AttributeError, RecursionError):
        pass  # no JSON object: the reader must say so
    (_FOLDER / bundles.MANIFEST).write_bytes(data)
    bundles.load_bundle(_FOLDER)


def tokenizer(data: bytes) -> None:
    """Read a tokenizer, and tokenise with it if it is one."""
    (_FOLDER / bundles.TOKENIZER).write_bytes(data)
    (_FOLDER / bundles.MANIFEST).write_bytes(manifest(tokenizer_json=data))
    reader = Reader(bundles.load_bundle(_FOLDER))
    reader.read(Film("a", overview="A gun and a letter. " * 100))


def configuration(data: bytes) -> None:
    """Read a configuration of a training."""
    path = _FOLDER / "config.toml"
    path.write_bytes(data)
    load_config(path)


def dataset(data: bytes) -> None:
    """Read the manifest of a dataset, and the films that it names."""
    (_FOLDER / "dataset.json").write_bytes(data)
    for split in (opened := open_dataset(_FOLDER)).manifest.splits:
        list(opened.films(split))


def nfo(data: bytes) -> None:
    """Read the NFO of a film, edit its genres in both ways, and read the result."""
    found = scan(data)
    read(found)
    for splices in (add_elements(found, "genre", _GENRES), replace_genres(found, _GENRES)):
        edited = apply(data, splices)
        if not set(_GENRES) <= set(read(scan(edited)).genres):
            raise AssertionError(f"the genres are not in the result: {edited!r}")


def _request(data: bytes, kind: bytes) -> Request:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": data, "more_body": False}

    headers = [(b"content-type", kind)]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


async def _read(data: bytes, kind: bytes) -> None:
    for read_body in (read_predict, read_explain):
        request = _request(data, kind)
        try:
            async with body_of(request, BodyMemory()) as body:
                await read_body(request, body)
        except CallError as error:
            if not 400 <= error.details.status < 500:
                raise


def json_body(data: bytes) -> None:
    """Read the body of a request as JSON."""
    asyncio.run(_read(data, b"application/json"))


def multipart(data: bytes) -> None:
    """Read the body of a request as a form."""
    asyncio.run(_read(data, b"multipart/form-data; boundary=x"))


def picture(kind: str) -> bytes:
    """Return a small picture."""
    stream = io.BytesIO()
    Image.radial_gradient("L").resize((40, 60)).convert("RGB").save(stream, kind)
    return stream.getvalue()


_PART = b'--x\r\nContent-Disposition: form-data; name="overview"\r\n\r\nA gun.\r\n'
_FILE = b'--x\r\nContent-Disposition: form-data; name="poster"; filename="p"\r\n\r\n'
_GENRES = ("Drama", "Sci-Fi & Fantasy")
_NFO = (
    b'<?xml version="1.0" encoding="utf-8"?>\r\n<!-- a --><movie>\r\n  <title>A &amp; b</title>\n'
    b"  <plot><![CDATA[<i>c</i>]]></plot>\n  <genre>War</genre>\n  <genre/>\n</movie>\nhttps://d"
)
_CONFIG = (
    b'kind = "network"\nname = "x"\nseed = 1\n[poster]\nheight = 24\nchannels = [4, 6]\n'
    b'[overview]\nmax_tokens = 20\n[head]\nkind = "attention"\n[fit]\nepochs = 3\n'
)
# kind -> what is fuzzed, and inputs to begin with
_KINDS: dict[str, tuple[Callable[[bytes], None], Callable[[], list[bytes]]]] = {
    "image": (image, lambda: [picture(k) for k in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")]),
    "bundle": (bundle, lambda: [manifest()]),
    "tokenizer": (tokenizer, lambda: [_TOKENIZER]),
    "configuration": (configuration, lambda: [_CONFIG]),
    "dataset": (dataset, lambda: [b'{"format": 2, "genres": ["A"], "splits": {}}']),
    "nfo": (nfo, lambda: [_NFO, _NFO.decode().replace("utf-8", "utf-16").encode("utf-16")]),
    "json": (
        json_body,
        lambda: [b'{"films": [{"id": "a", "title": "b", "overview": "c", "poster": "AAAA"}]}'],
    ),
    "multipart": (
        multipart,
        lambda: [_PART + b"--x--\r\n", _PART + _FILE + picture("PNG") + b"\r\n--x--\r\n"],
    ),
}


def main() -> None:
    """Fuzz one kind of input until libFuzzer's limit is reached."""
    if len(sys.argv) < 2 or sys.argv[1] not in _KINDS:
        sys.exit(f"give one of {', '.join(_KINDS)}, then arguments of libFuzzer")
    test, seeds = _KINDS[sys.argv.pop(1)]
    for name, content in _FILES.items():
        (_FOLDER / name).write_bytes(content)
    corpus = _FOLDER / "corpus"
    corpus.mkdir()
    for n, content in enumerate(seeds()):
        (corpus / str(n)).write_bytes(content)

    def one(data: bytes) -> None:
        try:
            test(data)
        except PosterplotError as error:
            refused(error)

    atheris.Setup([*sys.argv, "-timeout=20", "-rss_limit_mb=4096", str(corpus)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
