"""What all HTML pages of the project share: templates and embedded images."""

import base64
import io
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image


def page_templates(package: str, folder: str = ".") -> Environment:
    """Return the templates of a package; values are escaped, and a missing value is an error.

    Args:
        package: its full name.
        folder: of the templates, within the package.

    """
    return Environment(
        loader=PackageLoader(package, folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def image_uri(
    image: Image.Image, kind: Literal["JPEG", "WEBP"] = "JPEG", *, quality: int = 85
) -> str:
    """Encode an RGB image as a ``data:`` URI, so that a page needs no other file."""
    stream = io.BytesIO()
    image.save(stream, kind, quality=quality)
    return f"data:image/{kind.lower()};base64," + base64.b64encode(stream.getvalue()).decode()
