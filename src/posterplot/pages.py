"""Load templates of HTML pages and Markdown cards, and embed images in them."""

import base64
import io
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from PIL import Image


def page_templates(package: str, folder: str = ".") -> Environment:
    """Return the HTML templates of a package; values are escaped.

    Args:
        package: Full name of the package.
        folder: Folder of the templates, within the package.

    """
    return _templates(package, folder, escape=True)


def markdown_template(package: str, name: str) -> Template:
    """Return a Markdown template of a package; values are not escaped."""
    return _templates(package, ".", escape=False).get_template(name)


def _templates(package: str, folder: str, *, escape: bool) -> Environment:
    return Environment(
        loader=PackageLoader(package, folder),
        autoescape=escape,  # noqa: S701, off for Markdown only
        undefined=StrictUndefined,  # a missing value raises an error
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def image_uri(
    image: Image.Image, format_: Literal["JPEG", "WEBP"] = "JPEG", *, quality: int = 85
) -> str:
    """Encode an RGB image as a ``data:`` URI, so that a page needs no other file."""
    stream = io.BytesIO()
    image.save(stream, format_, quality=quality)
    return f"data:image/{format_.lower()};base64," + base64.b64encode(stream.getvalue()).decode()
