"""The worker on each core of a cluster, which turns shards into Parquet files."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from posterplot.catalogue.access import Access
from posterplot.catalogue.remote import RemotePosters
from posterplot.errors import CatalogueError, PosterplotError
from posterplot.inference.bundle import MANIFEST, Bundle, load_bundle
from posterplot.inference.prediction_files import parquet_bytes, prediction_rows
from posterplot.inference.predictor import Predictor
from posterplot.inference.settings import settings_digest
from posterplot.scale.shards import films_of_shard, has_files, shard_digest, with_posters

if TYPE_CHECKING:
    import pyarrow as pa
    from ray import ObjectRef


class PortableBundle(NamedTuple):
    """A bundle that can be sent to another machine.

    Attributes:
        bundle: The bundle as it was loaded on the sending machine.
        files: Name -> content of each of its files.

    """

    bundle: Bundle
    files: Mapping[str, bytes]

    def load(self) -> Predictor:
        """Create a predictor with one thread, from the bundle's folder if this machine has it."""
        bundle = self.bundle
        if (bundle.path / MANIFEST).is_file():
            try:
                here = load_bundle(bundle.path)
            except PosterplotError:
                pass
            else:
                if here.manifest.files == bundle.manifest.files:
                    return Predictor(bundle, threads=1)
        with tempfile.TemporaryDirectory(prefix="posterplot-") as folder:
            for name, content in self.files.items():
                Path(folder, name).write_bytes(content)
            load_bundle(Path(folder))  # checks the digests
            return Predictor(replace(bundle, path=Path(folder)), threads=1)


def portable(bundle: Bundle) -> PortableBundle:
    """Read the files of a bundle."""
    names = (MANIFEST, *bundle.manifest.files)
    return PortableBundle(bundle, {name: (bundle.path / name).read_bytes() for name in names})


class Worker:
    """Predicts shards, one at a time.

    Args:
        bundle: The model; in Ray's store, so that it is sent once to each machine.
        there: Names of the shards that are written already.
        folder: Folder of the catalogue. Relative paths of posters start here.
        access: What may be read outside the catalogue's folder.

    """

    def __init__(
        self,
        bundle: "ObjectRef[PortableBundle]",
        there: frozenset[str],
        folder: Path,
        access: Access,
    ) -> None:
        self._bundle = bundle
        self._there = there
        self._folder = folder
        self._access = access

    @cached_property
    def _predictor(self) -> Predictor:
        # created with the first shard, because Ray does not report the text of earlier errors
        import ray

        return ray.get(self._bundle).load()

    def __call__(self, shards: "pa.Table") -> "pa.Table":
        """Predict shards.

        Args:
            shards: Rows of :class:`posterplot.scale.shards.Shard`.

        Returns:
            A row per shard: its number, its name, the content of its Parquet file (null if that is
            written already), and the posters that were not read, as JSON.

        """
        import pyarrow as pa

        schema = pa.schema(
            [
                ("number", pa.int64()),
                ("name", pa.string()),
                ("content", pa.large_binary()),
                ("unread_posters", pa.string()),
            ]
        )
        return pa.Table.from_pylist([self._predict(row) for row in shards.to_pylist()], schema)

    def _predict(self, shard: dict[str, Any]) -> dict[str, Any]:
        remote = RemotePosters(private=self._access.private) if self._access.remote else None
        items = json.loads(shard["items"])
        if has_files(items) and not self._folder.is_dir():
            raise CatalogueError(
                "is not on every machine of the cluster, and holds posters",
                where=self._folder,
                hint="put it on a disk that all of them share, or on object storage",
            )
        films = with_posters(films_of_shard(items, shard["posters"], remote))
        digest = shard_digest(films, settings_digest(self._predictor.bundle))
        name = shard_name(shard["number"], digest)
        content = None
        if name not in self._there:
            every = (item for whole in films for item in whole)
            rows = prediction_rows(self._predictor.predict(every))
            content = parquet_bytes(rows, self._predictor.genres)
        return {
            "number": shard["number"],
            "name": name,
            "content": content,
            "unread_posters": shard["unread_posters"],
        }


def shard_name(number: int, digest: str) -> str:
    """Return the file name of a shard. Sorted by name, shards are in the order of the films."""
    return f"films-{number:06d}-{digest}.parquet"
