"""The sample films on the page of ``serve``, stored as files in the package.

``make samples`` runs this module. ``serve`` reads the files and imports nothing of the demo.
"""

import json
import sys
from pathlib import Path
from random import Random

from PIL import Image

from posterplot.demo.art.film_poster import draw_poster
from posterplot.demo.direction import plan_poster
from posterplot.demo.titles import write_title, write_words
from posterplot.demo.write_overviews import write_overview

# Genres, year and random seed of each film, chosen by looking at the results.
_FILMS = (
    (("Horror", "Mystery"), 1978, 2),
    (("Western",), 1966, 7),
    (("Animation", "Comedy", "Family"), 2019, 0),
)
_WEBP_QUALITY = 88


def sample_texts() -> list[dict[str, str]]:
    """Return title, overview and poster file of each sample film, in order."""
    return [
        {
            "title": write_title(genres, Random(f"{seed}/title")),  # noqa: S311
            "overview": write_overview(genres, Random(f"{seed}/overview")),  # noqa: S311
            "poster": f"{number}.webp",
        }
        for number, (genres, _, seed) in enumerate(_FILMS)
    ]


def sample_posters() -> list[Image.Image]:
    """Draw the poster of each sample film, in order; RGB."""
    posters = []
    for (genres, year, seed), texts in zip(_FILMS, sample_texts(), strict=True):
        rng = Random(f"{seed}/poster")  # noqa: S311
        brief = plan_poster(genres, year, rng)
        posters.append(draw_poster(brief, write_words(texts["title"], rng), rng))
    return posters


def write_samples(folder: Path) -> None:
    """Write ``samples.json`` and one WebP per film into a folder that exists."""
    for number, poster in enumerate(sample_posters()):
        poster.save(folder / f"{number}.webp", quality=_WEBP_QUALITY, method=6)
    content = json.dumps(sample_texts(), ensure_ascii=False, indent=1)
    (folder / "samples.json").write_text(content + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_samples(Path(sys.argv[1]))
