import io
import json
from importlib.resources import files

import numpy as np
from PIL import Image

from posterplot.demo.page_samples import sample_posters, sample_texts

SAMPLES = files("posterplot.serve") / "samples"


def test_the_samples_in_the_package_are_those_of_the_demo():
    texts = json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8"))
    assert texts == sample_texts()
    for text, drawn in zip(texts, sample_posters(), strict=True):
        with Image.open(io.BytesIO((SAMPLES / text["poster"]).read_bytes())) as kept:
            assert kept.size == drawn.size
            # WebP is lossy, and fonts differ a little between versions of Pillow
            difference = np.abs(np.asarray(kept.convert("RGB"), int) - np.asarray(drawn, int))
        assert difference.mean() < 8
