"""Measure how unusual a film is compared with the validation films.

The distance is that of probabilistic PCA (Tipping and Bishop, 1999) in the pooled features of a
modality: along the principal axes in units of the spread of the validation films, and off these
axes in units of their mean residual. It needs no out-of-distribution examples.
"""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from posterplot.errors import BundleError
from posterplot.films import Modality

Floats = NDArray[np.floating[Any]]

FAMILIARITY = "familiarity.npz"
UNFAMILIAR = "unlike the films that this model was measured on: trust the genres less"
_MAX_HEADER_BYTES = 4096  # of an array; NumPy writes 128


class Space(NamedTuple):
    """The distribution of the validation films in the features of one modality.

    Attributes:
        mean: ``(D,)``.
        axes: ``(K, D)``, orthonormal.
        spread: ``(K,)`` standard deviations along the axes, > 0.
        rest: The mean squared distance from the subspace of the axes, > 0.
        limit: The distance that 95 % of the validation films do not exceed, > 0.

    """

    mean: Floats
    axes: Floats
    spread: Floats
    rest: Floats
    limit: Floats

    def distance(self, features: Floats) -> Floats:
        """Return the ``(N,)`` relative squared distances, ≥ 0, of ``(N, D)`` features."""
        centred = features - self.mean
        along = centred @ self.axes.T
        off = np.maximum((centred**2).sum(axis=1) - (along**2).sum(axis=1), 0)
        distance: Floats = ((along / self.spread) ** 2).mean(axis=1) + off / self.rest
        return distance


class Familiarity(NamedTuple):
    """The limits beyond which a film counts as unfamiliar.

    Attributes:
        spaces: Modality -> distribution of the validation films.
        both: The limit of the larger of both distances, each in units of its own limit, for films
            with both modalities.

    """

    spaces: dict[Modality, Space]
    both: float

    def is_familiar(
        self, modalities: tuple[Modality, ...], features: Mapping[Modality, Floats]
    ) -> bool | None:
        """Return whether a film is like the validation films, as 95 % of these are.

        Args:
            modalities: Modalities of the film that were used. A title is not an overview, and is
                not considered.
            features: Modality -> ``(D,)`` features of the film.

        Returns:
            None if nothing is known of its modalities.

        """
        known = [m for m in modalities if m in self.spaces]
        if not known:
            return None
        ratios = [
            float(self.spaces[m].distance(features[m][None])[0] / self.spaces[m].limit)
            for m in known
        ]
        return max(ratios) <= (self.both if len(known) > 1 else 1.0)

    def to_bytes(self) -> bytes:
        """Return the file of a bundle: an ``.npz`` of float32 arrays."""
        arrays: dict[str, Any] = {"both": np.float32(self.both)}
        for modality, space in self.spaces.items():
            for name, value in space._asdict().items():
                arrays[f"{modality}_{name}"] = np.asarray(value).astype(np.float32)
        stream = io.BytesIO()
        np.savez(stream, **arrays)
        return stream.getvalue()


def read_familiarity(path: Path | None, features: Mapping[Modality, int]) -> Familiarity | None:
    """Read what :meth:`Familiarity.to_bytes` wrote.

    Args:
        path: Path of the file; None if the bundle has none.
        features: Modality -> D of the bundle.

    Raises:
        BundleError: The file is damaged, or was fitted on other features.

    """
    if path is None:
        return None
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            spaces = {
                modality: Space(
                    *(
                        _array(archive, f"{modality}_{name}", width * width)
                        for name in Space._fields
                    )
                )
                for modality, width in features.items()
            }
            both = _array(archive, "both", 1)
        fits = both.shape == () and all(
            _fits(spaces[modality], width) for modality, width in features.items()
        )
        if not fits:
            raise ValueError("of other features")
        return Familiarity(spaces, float(both))
    # zipfile and numpy raise many types of errors for damaged files
    except (
        *(ValueError, KeyError, TypeError, MemoryError, OSError, EOFError, RuntimeError),
        *(OverflowError, SyntaxError, zipfile.BadZipFile),
    ) as error:
        raise BundleError("is damaged", where=path, hint="copy the bundle again, whole") from error


def _array(archive: zipfile.ZipFile, name: str, most: int) -> Floats:
    """Read an array of at most ``most`` numbers.

    Raises:
        ValueError: It is larger, packed, or not of floats.
    """
    member = archive.getinfo(f"{name}.npy")
    # packed, a small file could hold a large array; ours are not
    packed = member.compress_type != zipfile.ZIP_STORED
    if packed or member.file_size > _MAX_HEADER_BYTES + most * np.float32().nbytes:
        raise ValueError(f"{name} is too large")
    array = np.load(io.BytesIO(archive.read(member)), allow_pickle=False)
    if not isinstance(array, np.ndarray) or array.dtype != np.float32:
        raise ValueError(f"{name} is not of float32")
    return array


def _fits(space: Space, width: int) -> bool:
    axes = space.axes.shape
    return (
        len(axes) == 2
        and axes[1] == width
        and space.mean.shape == (width,)
        and space.spread.shape == axes[:1]
        and space.rest.shape == ()
        and space.limit.shape == ()
    )
