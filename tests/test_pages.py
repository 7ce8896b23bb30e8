import base64
import io

import pytest
from PIL import Image

from posterplot.pages import image_uri


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_an_image_is_decoded_from_its_uri(kind):
    start, encoded = image_uri(Image.new("RGB", (20, 30), (200, 30, 30)), kind).split(",")
    assert start == f"data:image/{kind.lower()};base64"
    with Image.open(io.BytesIO(base64.b64decode(encoded))) as image:
        assert (image.format, image.size) == (kind, (20, 30))
