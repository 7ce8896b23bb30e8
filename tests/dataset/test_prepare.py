import hashlib
import io
import json
import warnings
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from posterplot.dataset import check_all, shards
from posterplot.dataset import prepare as module
from posterplot.dataset.manifest import film_digest, fingerprint
from posterplot.dataset.prepare import prepare
from posterplot.dataset.reading import open_dataset
from posterplot.errors import CatalogueError, OutputError, UsageError
from posterplot.films import SPLITS

GENRES = ["Drama", "Comedy|Drama", "Sci-Fi|TV Movie"]


def picture(seed: int, size=(64, 96), format_="JPEG", **options) -> bytes:
    blots = np.random.default_rng(seed).integers(0, 256, (9, 6, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(blots).resize(size, Image.Resampling.BICUBIC).save(buffer, format_, **options)
    return buffer.getvalue()


def film(n: int, **values) -> dict:
    overview = f"Film number {n}, in which {n} friends look for their other friends for years."
    return {
        "id": f"f{n}",
        "title": f"T{n}",
        "year": 2000,
        "overview": overview,
        "genres": GENRES[n % 3],
        "poster": picture(n),
    } | values


def table(folder, films, name="films.parquet"):
    columns = list(dict.fromkeys(key for row in films for key in row))
    pq.write_table(pa.table({c: [row.get(c) for row in films] for c in columns}), folder / name)
    return folder / name


def rejected(out) -> dict[str, tuple[str, str]]:
    lines = (out / "rejected.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["id"]: (row["part"], row["reason"]) for row in map(json.loads, lines)}


@pytest.fixture
def out(tmp_path):
    return tmp_path / "made" / "dataset"


def test_ten_films_are_split(tmp_path, out):
    done = []
    manifest = prepare(table(tmp_path, [film(n) for n in range(10)]), out, advance=done.append)
    assert sum(done) == 10
    assert sorted(path.name for path in out.iterdir()) == [
        *("README.md", "data", "dataset.json", "rejected.jsonl")
    ]
    assert sorted(path.name for path in (out / "data").iterdir()) == [
        *(f"{split}-00000-of-00001.parquet" for split in sorted(SPLITS))
    ]
    dataset = open_dataset(out)
    assert dataset.manifest == manifest
    assert {split: s.films for split, s in manifest.splits.items()} == {
        "train": 8,
        "validation": 1,
        "test": 1,
    }
    films = {f.id: f for split in SPLITS for f in dataset.films(split)}
    assert len(films) == 10
    assert films["f2"].genres == ("Sci-Fi", "TV Movie")
    assert films["f2"].poster == picture(2)  # small baseline JPEG: kept byte for byte
    assert (films["f2"].title, films["f2"].year) == ("T2", 2000)
    assert rejected(out) == {}


def test_opens_as_hugging_face_dataset(tmp_path, out, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the library says of its own parts is not ours
        import datasets

        prepare(table(tmp_path, [film(n) for n in range(10)] + [film(10, poster=None)]), out)
        opened = datasets.load_dataset(str(out), cache_dir=str(tmp_path / "cache"))
        assert set(opened) == set(SPLITS)
        rows = [row for split in opened.values() for row in split]
    assert len(rows) == 11
    by_id = {row["id"]: row for row in rows}
    assert by_id["f2"]["poster"].size == (64, 96)
    assert by_id["f2"]["genres"] == ["Sci-Fi", "TV Movie"]
    assert by_id["f10"]["poster"] is None


def test_statistics_by_hand(tmp_path, out):
    films = [
        film(0, genres="A|B", split="train"),
        film(1, genres="A", split="train", poster=None),
        film(2, genres="A|C", split="test", overview=None),
    ]
    manifest = prepare(table(tmp_path, films), out)
    assert manifest.genres == ("A", "B")
    assert manifest.genres_not_in_train == ("C",)
    assert list(manifest.splits) == ["train", "test"]
    train, test = manifest.splits["train"], manifest.splits["test"]
    assert (train.films, train.with_poster, train.with_overview) == (2, 1, 2)
    assert (train.cardinality, train.density) == (1.5, 0.75)
    assert train.genres == {"A": 2, "B": 1}
    assert (test.with_overview, test.cardinality, test.genres) == (0, 1, {"A": 1, "C": 1})
    assert manifest.imbalance_ratio == 2
    assert manifest.co_occurrence == ((3, 1), (1, 1))
    card = (out / "README.md").read_text()
    assert "split: test" in card
    assert "split: validation" not in card


def test_every_fault_is_listed_and_the_rest_is_kept(tmp_path, out):
    films = [
        film(0),
        film(1, poster=b"<html>"),
        film(2, overview="N/A"),
        film(3, poster=b"", overview="N/A"),
        film(4, genres=""),
        film(5, poster=picture(5, size=(1, 1))),
        film(6, overview=None, poster=picture(6)[:600]),
        film(7, overview="Two words"),
        film(8, overview="long " * 19_000 + "🎬 שלום"),
        film(0, title="again"),
        film(9),
    ]
    for row in films:
        row["split"] = "train"
    manifest = prepare(table(tmp_path, films), out)
    reasons = rejected(out)
    assert reasons["f0"] == ("film", "duplicate id: f0, first seen in row 1")
    assert reasons["f1"][0] == "poster"
    assert "HTML" in reasons["f1"][1]
    assert reasons["f2"] == ("overview", "overview says nothing: 'N/A'")
    assert reasons["f3"] == ("film", "poster is empty")
    assert reasons["f4"][0] == reasons["f6"][0] == "film"
    assert reasons["f5"] == ("poster", "poster is too small: 1 x 1 pixels")
    kept = {f.id: f for f in open_dataset(out).films("train")}
    assert list(kept) == ["f0", "f1", "f2", "f5", "f7", "f8", "f9"]
    assert kept["f1"].modalities == ("overview",)
    assert kept["f2"].modalities == ("poster",)
    assert kept["f8"].overview.endswith("long 🎬 שלום")
    assert manifest.rejected["poster"] == {"poster is not an image": 1, "poster is too small": 1}
    assert manifest.rejected["film"]["duplicate id"] == 1
    assert manifest.rejected["overview"] == {"overview says nothing": 2}  # f2 and f3


def test_posters_from_files(tmp_path, out):
    (tmp_path / "p").mkdir()
    (tmp_path / "p/big.png").write_bytes(picture(0, (600, 900), "PNG"))
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "p/turned.jpg").write_bytes(picture(1, (60, 40), exif=exif))
    (tmp_path / "p/progressive.jpg").write_bytes(picture(2, progressive=True))
    names = ["big.png", "turned.jpg", "progressive.jpg", "none.jpg"]
    rows = [film(n, poster=f"p/{name}", split="train") for n, name in enumerate(names)]
    prepare(table(tmp_path, rows), out)
    films = list(open_dataset(out).films("train"))
    posters = [Image.open(io.BytesIO(f.poster)) for f in films[:3]]
    assert [p.size for p in posters] == [(256, 384), (40, 60), (64, 96)]
    assert all(p.format == "JPEG" and not p.info.get("progressive") for p in posters)
    assert films[3].poster is None
    assert rejected(out)["f3"][1].startswith("poster file not found: ")


def test_duplicates_stay_on_one_side(tmp_path, out):
    films = [film(n) for n in range(30)]
    films += [film(n + 30, poster=picture(n, (80, 120), quality=95)) for n in range(10)]
    films += [film(n + 40, overview=film(n)["overview"].upper()) for n in range(10, 20)]
    films += [film(n + 50, title=f"t{n}!") for n in range(20, 30)]
    manifest = prepare(table(tmp_path, films), out)
    assert (manifest.duplicate_groups, manifest.duplicate_films) == (30, 60)
    dataset = open_dataset(out)
    groups = [set(dataset.table(s, ["group"])["group"].to_pylist()) for s in SPLITS]
    assert sum(map(len, groups)) == len(set.union(*groups)) == 30


def test_duplicates_across_given_splits_leave_train(tmp_path, out):
    films = [film(0, split="train"), film(1, split="test"), film(2, split=None)]
    films.append(film(3, split="train", poster=films[1]["poster"]))
    manifest = prepare(table(tmp_path, films), out)
    assert {split: s.films for split, s in manifest.splits.items()} == {"train": 2, "test": 1}
    assert rejected(out)["f3"] == ("film", "duplicate of a film in test, would leak: f1 T1")
    assert manifest.rejected == {"film": {"duplicate of a film in test, would leak": 1}}


def test_same_bytes_on_any_number_of_cores(tmp_path, monkeypatch):
    catalogue = table(tmp_path, [film(n, poster=picture(n, (300, 450))) for n in range(40)])

    def contents(name, cores, seed=0):
        monkeypatch.setattr(module, "available_cores", lambda: cores)
        monkeypatch.setattr(check_all, "available_cores", lambda: cores)
        prepare(catalogue, tmp_path / name, seed=seed)
        files = sorted(p for p in (tmp_path / name).rglob("*") if p.is_file())
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files}

    assert contents("one", 1) == contents("many", 5) != contents("other", 5, seed=1)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_refused_before_the_first_film(tmp_path, monkeypatch, seed):
    catalogue = table(tmp_path, [film(n) for n in range(10)])
    monkeypatch.delattr(module, "check_all")
    with pytest.raises(UsageError, match=f"seed: {seed} is no seed; give 0 to 4294967295"):
        prepare(catalogue, tmp_path / "dataset", seed=seed)
    assert not list(tmp_path.glob("dataset*"))


def test_the_largest_seed_is_taken(tmp_path):
    prepare(table(tmp_path, [film(n) for n in range(10)]), tmp_path / "dataset", seed=2**32 - 1)


def test_fingerprint_is_of_the_films_not_the_files(tmp_path, monkeypatch):
    catalogue = table(tmp_path, [film(n) for n in range(40)])
    first = prepare(catalogue, tmp_path / "a")
    monkeypatch.setattr(shards, "FILMS_PER_SHARD", 10)
    monkeypatch.setattr(shards, "ROW_GROUP", 3)
    second = prepare(catalogue, tmp_path / "b")
    of_files = {"files": {}, "digest": ""}
    assert second.model_copy(update=of_files) == first.model_copy(update=of_files)
    names = sorted(path.name for path in (tmp_path / "b/data").glob("train-*"))
    assert names == [f"train-0000{n}-of-00004.parquet" for n in range(4)]
    assert pq.ParquetFile(tmp_path / "b/data" / names[0]).metadata.num_row_groups == 4
    read = open_dataset(tmp_path / "b")
    digests = {split: [film_digest(f) for f in read.films(split)] for split in SPLITS}
    assert fingerprint(digests) == first.fingerprint
    films = [film(n) for n in range(40)]
    films[7]["title"] += "!"
    assert prepare(table(tmp_path, films), tmp_path / "c").fingerprint != first.fingerprint


def test_tiny_tables(tmp_path, out):
    assert set(prepare(table(tmp_path, [film(n) for n in range(3)]), out).splits) == set(SPLITS)
    with pytest.raises(CatalogueError, match="only 2 distinct films"):
        prepare(table(tmp_path, [film(n) for n in range(2)]), tmp_path / "two")


def test_no_temporary_file_is_left(tmp_path, monkeypatch):
    catalogue = table(tmp_path, [film(n, genres="") for n in range(3)])
    with pytest.raises(CatalogueError, match="no film can be used; most often: has no genres"):
        prepare(catalogue, tmp_path / "made/dataset")
    monkeypatch.setattr(module, "dataset_card", lambda manifest: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        prepare(table(tmp_path, [film(n) for n in range(3)]), tmp_path / "dataset")
    assert [path.name for path in tmp_path.iterdir()] == ["films.parquet"]


def test_an_existing_output_is_refused(tmp_path):
    catalogue = table(tmp_path, [film(n) for n in range(3)])
    with pytest.raises(OutputError, match="exists already; remove it"):
        prepare(catalogue, tmp_path)
    (tmp_path / "empty").mkdir()
    prepare(catalogue, tmp_path / "empty")
    assert (tmp_path / "empty/dataset.json").exists()


def test_the_output_may_be_the_current_folder(tmp_path, monkeypatch):
    catalogue = table(tmp_path, [film(n) for n in range(3)])
    for name, out in (("a", "."), ("b", "inner/..")):
        (tmp_path / name / "inner").mkdir(parents=True)
        monkeypatch.chdir(tmp_path / name)
        assert module._log_file(Path(out)) == tmp_path / f"{name}.part"
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    prepare(catalogue, Path())
    assert (tmp_path / "empty/dataset.json").exists()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["a", "b", "empty", "films.parquet"]
