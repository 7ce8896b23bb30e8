"""How often an overview is taken for one in another language, and how often a foreign one is not.

Run from the repository's root::

    python benchmarks/languages.py CATALOGUE

It prints every overview that it takes for another language than English, so that a person can count
the mistakes. The sentences in 12 languages are those of ``benchmarks/sentences.py``.
"""

import argparse
import time
from pathlib import Path

from posterplot.catalogue import read_catalogue
from posterplot.films import Film
from posterplot.inference.languages import foreign_language, language_name
from sentences import SENTENCES


def main() -> None:
    """Print the overviews in other languages, and the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalogue", type=Path)
    arguments = parser.parse_args()
    films = (f for f in read_catalogue(arguments.catalogue, splits=False) if isinstance(f, Film))
    texts = [film.overview for film in films if film.overview]
    began = time.process_time()
    foreign = [(text, code) for text in texts if (code := foreign_language(text, ["en"]))]
    seconds = time.process_time() - began
    for text, code in foreign:
        print(f"{language_name(code)}: {text[:80]}")
    print(f"{len(foreign)} of {len(texts)} overviews are not English")
    print(f"{1000 * seconds / max(len(texts), 1):.2f} ms of CPU time an overview")
    codes = [foreign_language(text, ["en"]) for texts in SENTENCES.values() for text in texts]
    print(f"{sum(code is not None for code in codes)} of {len(codes)} sentences are recognised")


if __name__ == "__main__":
    main()
