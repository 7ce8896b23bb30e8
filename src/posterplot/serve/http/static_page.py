"""The page: one document, one sheet of styles, a few scripts, all of them from the package."""

import asyncio
from functools import cache
from importlib.resources import files

from fastapi import FastAPI
from fastapi.responses import Response
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request

from posterplot import __version__
from posterplot.inference.bundle import Bundle
from posterplot.pages import page_templates
from posterplot.serve import limits
from posterplot.serve.responses import card
from posterplot.serve.samples import COUNT, sample, sample_poster

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_STATIC = "/static/"
_SAMPLES = "/samples/"
# asked for each time, so that an upgrade shows at once; they are small
_FRESH = {"cache-control": "no-cache"}


def is_page(path: str) -> bool:
    """Return whether a path is of the page, which anyone may see: it holds nothing of anyone."""
    return path == "/" or path.startswith((_STATIC, _SAMPLES))


def add_page(app: FastAPI, bundle: Bundle) -> None:
    """Add the page to a service. Files are read here, once: no path leads to the disk."""
    document = render_page(bundle)
    held = _files()

    async def index(_: Request) -> Response:
        return Response(document, media_type="text/html", headers=_FRESH)

    async def static(request: Request) -> Response:
        if request.path_params["name"] not in held:
            raise HTTPException(404)
        content, kind = held[request.path_params["name"]]
        return Response(content, media_type=kind, headers=_FRESH)

    async def poster(request: Request) -> Response:
        if request.path_params["number"] >= COUNT:
            raise HTTPException(404)
        content = await asyncio.to_thread(sample_poster, request.path_params["number"])
        return Response(content, media_type="image/jpeg", headers={"cache-control": "max-age=3600"})

    app.add_route("/", index, include_in_schema=False)
    app.add_route(_STATIC + "{name}", static, include_in_schema=False)
    app.add_route(_SAMPLES + "{number:int}.jpg", poster, include_in_schema=False)


def render_page(bundle: Bundle) -> str:
    """Return the document for a bundle: its name, its card, what it reads."""
    environment = page_templates("posterplot.serve", "page")
    return environment.get_template("index.html.jinja").render(
        model=bundle.manifest.name,
        genres=len(bundle.manifest.genres),
        modalities=bundle.modalities,
        card=Markup(_html(card(bundle))),  # noqa: S704
        samples=[sample(number) for number in range(COUNT)],
        limits=limits,
        version=__version__,
    )


def _html(markdown: str) -> str:
    """Turn a card into HTML, without any of its own: it may come from anyone."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(markdown)
    for token in tokens:
        if token.attrs.pop("style", None) == "text-align:right":  # the policy allows no such styles
            token.attrSet("class", "number")
    html: str = parser.renderer.render(tokens, parser.options, {})
    return html


@cache
def _files() -> dict[str, tuple[bytes, str]]:
    """Return the page's files by name, with their types."""
    folder = files("posterplot.serve") / "page"
    kinds = {item.name: "." + item.name.rpartition(".")[2] for item in folder.iterdir()}
    return {
        name: ((folder / name).read_bytes(), _TYPES[kind])
        for name, kind in kinds.items()
        if kind in _TYPES
    }
