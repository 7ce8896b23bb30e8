"""Convert films to model inputs: pixels and token ids.

A poster is decoded once and a text is tokenised once. The decoded poster, the text and its tokens
are returned too, so that an explanation need not read the film again.
"""

from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image
from tokenizers import Encoding, Tokenizer

from posterplot.dataset.poster_images import decode_poster, poster_array
from posterplot.dataset.stored_poster import stored_poster
from posterplot.dataset.text import (
    clean_overview,
    overview_text,
    placeholder_reason,
    title_text,
)
from posterplot.errors import BundleError, FilmError
from posterplot.file_parts import FilePart
from posterplot.films import Film, Modality, Rejected, modalities_of
from posterplot.inference.bundle import Bundle, PosterInput
from posterplot.inference.unread import NONSENSE, pieces_per_word, unread_reason


class FilmInputs(NamedTuple):
    """The inputs of the graph for one film.

    Attributes:
        poster: ``(3, H, W)`` uint8; None if the film has none or the model reads none.
        tokens: ``(T,)`` int64, T ≥ 1; None if the film has no text or the model reads none.
        titled: Whether the tokens are those of the title, used instead of an overview.

    """

    poster: NDArray[np.uint8] | None
    tokens: NDArray[np.int64] | None
    titled: bool = False

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """The inputs that are present."""
        return modalities_of(self.poster, self.tokens, titled=self.titled)


class ReadFilm(NamedTuple):
    """One film with its inputs.

    Attributes:
        film: The film that was read.
        inputs: Inputs of the graph; None if the film has nothing that the model reads.
        rejected: The parts that cannot be used; if ``inputs`` is None, the last is the whole film.
        image: The poster in RGB, upright; None if ``inputs`` has no poster.
        text: Text that was tokenised; None if ``inputs`` has no tokens.
        encoding: The tokens with their character offsets in ``text``; None like ``text``.

    """

    film: Film
    inputs: FilmInputs | None
    rejected: list[Rejected]
    image: Image | None = None
    text: str | None = None
    encoding: Encoding | None = None


class Reader:
    """Converts films to the inputs of a model; safe to use from several threads.

    Args:
        bundle: A bundle from :func:`posterplot.inference.bundle.load_bundle`.

    Attributes:
        bundle: The bundle.
        tokenizer: Tokenizer of the bundle; None if the model reads no text.

    Raises:
        BundleError: The tokenizer cannot be read.

    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        manifest = bundle.manifest
        self._modalities = bundle.modalities
        self._poster = manifest.poster
        self._title_first = manifest.overview is not None and manifest.overview.title
        self._title_instead = "title" in manifest.decisions_by_modality
        self.tokenizer: Tokenizer | None = None
        if manifest.overview is not None:
            self.tokenizer = _tokenizer(bundle.tokenizer, manifest.overview.max_tokens)

    def read(self, film: Film) -> ReadFilm:
        """Decode and tokenise what the model reads of a film.

        A part that cannot be used is listed in ``rejected``, and the other part is used. A title is
        read only together with a poster, because alone it says too little about a film.
        """
        rejected: list[Rejected] = []
        image = pixels = None
        if self._poster is not None and film.poster is not None:
            try:
                image, pixels = _read_poster(film.poster, self._poster)
            except FilmError as error:
                rejected.append(_reject(film, "poster", error.what))
        text, encoding, unread = self._read_overview(film)
        if unread:
            rejected.append(_reject(film, "overview", unread))
        if pixels is None and encoding is None:
            reads = " and ".join(f"{m}s" for m in self._modalities)
            reason = "; ".join(part.reason for part in rejected)
            reason = reason or f"the model reads {reads}, and the film has none"
            return ReadFilm(film, None, [_reject(film, "film", reason)])
        titled = False
        if encoding is None and self._title_instead:
            text = title_text(film)
            encoding = self._encode(text)
            titled = encoding is not None
        if encoding is None:
            return ReadFilm(film, FilmInputs(pixels, None), rejected, image)
        tokens = np.array(encoding.ids, dtype=np.int64)
        inputs = FilmInputs(pixels, tokens, titled)
        return ReadFilm(film, inputs, rejected, image, text, encoding)

    def without(self, read: ReadFilm, modality: Modality) -> FilmInputs | None:
        """Return the inputs of ``read.film.without(modality)``, without decoding its poster again.

        Returns:
            None if nothing is left that the model reads.

        """
        less = read.film.without(modality)
        if read.inputs is None or less is None:
            return None
        if modality == "poster" and read.inputs.tokens is not None and not read.inputs.titled:
            return FilmInputs(None, read.inputs.tokens)  # tokenised already
        pixels = None if modality == "poster" else read.inputs.poster
        text = self.read(replace(less, poster=None)).inputs if less.overview else None
        if text is not None:
            return FilmInputs(pixels, text.tokens)
        if pixels is None:
            return None
        encoding = self._encode(title_text(less)) if self._title_instead else None
        if encoding is None:
            return FilmInputs(pixels, None)
        return FilmInputs(pixels, np.array(encoding.ids, dtype=np.int64), titled=True)

    def _read_overview(self, film: Film) -> tuple[str | None, Encoding | None, str | None]:
        """Return the text of a film and its tokens, or why the overview cannot be used."""
        overview = clean_overview(film.overview)
        if self.tokenizer is None or not film.overview:
            return None, None, None
        if overview is None:
            return None, None, placeholder_reason(film.overview)
        manifest = self.bundle.manifest
        if reason := unread_reason(overview, film.title, manifest.languages):
            return None, None, reason
        text = overview_text(film, title=self._title_first)
        encoding = self._encode(text)
        if encoding is None:
            return None, None, "overview has no words"
        limit = manifest.max_pieces_per_word
        if limit is not None and pieces_per_word(encoding) > limit:
            return None, None, NONSENSE
        return text, encoding, None

    def _encode(self, text: str | None) -> Encoding | None:
        """Tokenise a text; return None if it has no tokens, or the model reads no text.

        Raises:
            BundleError: The tokenizer lacks a token that it names, e.g. the one for unknown words.
        """
        if self.tokenizer is None or not text:
            return None
        try:
            encoding = self.tokenizer.encode(text)
        except Exception as error:  # tokenizers raises plain Exception
            raise BundleError(
                f"cannot read an overview: {error}",
                where=self.bundle.tokenizer,
                hint="export the model again",
            ) from error
        return encoding if encoding.ids else None


def _read_poster(
    poster: Path | bytes | FilePart, size: PosterInput
) -> tuple[Image, NDArray[np.uint8]]:
    """Return the decoded poster and the ``(3, H, W)`` uint8 pixels that the model reads."""
    # the size in which datasets store posters, as in training and evaluation
    content, image = stored_poster(poster)
    seen = decode_poster(content)
    return image or seen, poster_array(seen, size.height, size.width)


def _reject(film: Film, part: Literal["film", "poster", "overview"], reason: str) -> Rejected:
    return Rejected(film.id, film.title, film.source, part, reason)


def _tokenizer(path: Path, max_tokens: int) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises plain Exception
        raise BundleError(
            f"is not a tokenizer: {error}", where=path, hint="export the model again"
        ) from error
    # Padding and truncation are set once: threads share the tokenizer, and none may change it.
    tokenizer.enable_truncation(max_tokens)
    tokenizer.no_padding()
    return tokenizer
