import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posterplot.dataset.poster_places import poster_places
from posterplot.dataset.shards import SCHEMA, write_shard, write_spool
from posterplot.file_parts import FilePart
from posterplot.films import Film

# up to more than a page of Parquet, which is 1 MB
SIZES = st.lists(st.one_of(st.none(), st.integers(1, 300), st.integers(1, 2_000_000)), max_size=12)


def _posters(sizes, seed):
    rng = np.random.default_rng(seed)
    # of two values, so that a poster often begins like another one
    return [None if n is None else rng.choice([b"\0", b"\1"], n).tobytes() for n in sizes]


def _write(folder, posters):
    films = [Film(f"f{n}", overview="words", poster=p) for n, p in enumerate(posters)]
    write_spool(folder / "spool", films)
    chosen = np.arange(len(films), dtype=np.int32)
    write_shard(folder / "shard", folder / "spool", chosen, chosen)


def _places(path):
    with pq.ParquetFile(path) as file:
        for number in range(file.num_row_groups):
            rows = file.read_row_group(number, ["poster"])["poster"].to_pylist()
            read = [None if row is None else row["bytes"] for row in rows]
            yield from poster_places(path, file.metadata.row_group(number), read)


@given(SIZES, st.integers(0, 99))
def test_every_poster_is_found_in_its_file(tmp_path_factory, sizes, seed):
    folder = tmp_path_factory.mktemp("shard")
    posters = _posters(sizes, seed)
    _write(folder, posters)
    places = list(_places(folder / "shard"))
    assert len(places) == len(posters)
    for place, poster in zip(places, posters, strict=True):
        if poster is None:
            assert place is None
        else:
            assert isinstance(place, FilePart)
            assert place.read() == poster


def test_posters_are_found_in_every_row_group(tmp_path):
    posters = _posters([n % 50 + 1 if n % 7 else None for n in range(600)], 0)
    _write(tmp_path, posters)
    places = list(_places(tmp_path / "shard"))
    assert [None if place is None else place.read() for place in places] == posters


@pytest.mark.parametrize("options", [{"compression": "zstd"}, {"use_dictionary": True}])
def test_posters_that_other_software_has_stored_otherwise_are_kept(tmp_path, options):
    posters = _posters([500, None, 700, 500], 1)
    rows = [
        {"id": str(n), "genres": [], "poster": None if p is None else {"bytes": p}}
        for n, p in enumerate([*posters, posters[0]])
    ]
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), tmp_path / "shard", **options)
    places = list(_places(tmp_path / "shard"))
    content = [p.read() if isinstance(p, FilePart) else p for p in places]
    assert content == [*posters, posters[0]]
