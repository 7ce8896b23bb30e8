"""Serve the page and the description of the API. All scripts and styles are in the package."""

import json
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.responses import Response
from jinja2 import Template
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request

from posterplot import __version__
from posterplot.dataset.poster_images import readable_formats
from posterplot.inference.bundle import Bundle
from posterplot.inference.card import read_card
from posterplot.pages import page_templates
from posterplot.serve import limits

_MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}
_FORMAT_NAMES = {"WEBP": "WebP"}  # names to show where they differ from those of Pillow
_DOCS = "/docs"
_STATIC = "/static/"
_SAMPLES = "/samples/"


def is_page(path: str) -> bool:
    """Return whether a path belongs to the page. Anyone may read it: it has no user data."""
    return path in ("/", _DOCS) or path.startswith((_STATIC, _SAMPLES))


def add_page(app: FastAPI, bundle: Bundle) -> None:
    """Add the page to a service.

    All files are read here, once, so that no path of a request leads to the disk.
    """
    document = render_page(bundle)
    static, samples = _package_files("page"), _package_files("samples")

    async def index(request: Request) -> Response:
        return _unless_known(request, document.encode(), "text/html")

    async def docs(request: Request) -> Response:
        return _unless_known(request, render_docs(app.openapi()).encode(), "text/html")

    async def static_file(request: Request) -> Response:
        return _file(request, static)

    async def sample_poster(request: Request) -> Response:
        return _file(request, samples)

    app.add_route("/", index, include_in_schema=False)
    app.add_route(_DOCS, docs, include_in_schema=False)
    app.add_route(_STATIC + "{name}", static_file, include_in_schema=False)
    app.add_route(_SAMPLES + "{name}", sample_poster, include_in_schema=False)


def render_page(bundle: Bundle) -> str:
    """Return the page for a bundle, as HTML."""
    formats = readable_formats()
    return _template(
        "index.html.jinja"
    ).render(
        model=bundle.manifest.name,
        genres=len(bundle.manifest.genres),
        modalities=bundle.modalities,
        card=Markup(_html(read_card(bundle))),  # noqa: S704
        samples=_samples(),
        formats=[_FORMAT_NAMES.get(name, name) for name in list(formats)[:5]],
        media_types=",".join(formats.values()),
        limits=limits,
        version=__version__,
    )


def render_docs(openapi: dict[str, Any]) -> str:
    """Return an OpenAPI description as HTML, without scripts."""
    schemas = openapi["components"]["schemas"]

    def properties(schema: dict[str, Any]) -> dict[str, Any]:
        """Return the fields of a schema, which may be a reference."""
        name = schema.get("$ref", "").rpartition("/")[2]
        return dict((schemas[name] if name else schema).get("properties", {}))

    return _template("docs.html.jinja").render(
        openapi=openapi,
        schemas={name: properties(schema) for name, schema in schemas.items()},
        properties=properties,
        type_name=_type_name,
        example=lambda value: json.dumps(value, ensure_ascii=False, indent=1),
        version=__version__,
    )


def _type_name(schema: dict[str, Any]) -> str:
    """Return the type of a field in words: ``string``, ``list of FilmRequest``."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_type_name(option) for option in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type_name(schema.get('items', {}))}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type_name(schema['additionalProperties'])}"
    return "file" if "contentMediaType" in schema else str(schema.get("type", "any"))


def _template(name: str) -> Template:
    return page_templates("posterplot.serve", "page").get_template(name)


def _html(markdown: str) -> str:
    """Render a model card without raw HTML, because a card may come from an untrusted source."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(markdown)
    for token in tokens:
        if token.type == "table_open":
            token.attrSet("tabindex", "0")  # wide tables can be scrolled, also with the keyboard
        # The page's content security policy allows no inline styles.
        if token.attrs.pop("style", None) == "text-align:right":
            token.attrSet("class", "number")
    html: str = parser.renderer.render(tokens, parser.options, {})
    return html


def _file(request: Request, contents: dict[str, bytes]) -> Response:
    name = request.path_params["name"]
    suffix = "." + name.rpartition(".")[2]
    if name not in contents or suffix not in _MEDIA_TYPES:
        raise HTTPException(404)
    return _unless_known(request, contents[name], _MEDIA_TYPES[suffix])


def _unless_known(request: Request, content: bytes, media_type: str) -> Response:
    """Return a file, or status 304 if the browser has it.

    Browsers ask each time whether a file has changed, so that an upgrade is visible at once.
    """
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {"cache-control": "no-cache", "etag": tag}
    # proxies that compress a file mark its tag as weak
    known = request.headers.get("if-none-match", "").replace("W/", "").split(",")
    if tag in map(str.strip, known):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


@cache
def _package_files(folder: str) -> dict[str, bytes]:
    """Return the files of a package folder by name."""
    found = files("posterplot.serve") / folder
    return {item.name: item.read_bytes() for item in found.iterdir() if item.is_file()}


def _samples() -> list[dict[str, str]]:
    """Return title, overview and poster file of the sample films."""
    samples: list[dict[str, str]] = json.loads(_package_files("samples")["samples.json"])
    return samples
