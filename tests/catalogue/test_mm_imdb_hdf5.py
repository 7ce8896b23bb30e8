import io
import json
import pickle

import h5py
import numpy as np
import pytest
from PIL import Image

from posterplot.catalogue import open_catalogue
from posterplot.errors import CatalogueError

NAMES = ["Drama", "Comedy", "Film-Noir"]
SPLIT = [("train", 0, 2), ("dev", 2, 3), ("test", 3, 4)]


def write(path, **changed):
    with h5py.File(path, "w") as file:
        genres = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 0, 1]], np.int32)
        file["genres"] = changed.get("genres", genres)
        file["genres"].attrs["target_names"] = changed.get("names", json.dumps(NAMES))
        file["imdb_ids"] = np.array([b"0114709", b"0000002", b"0000003", b"0000004"], "S7")
        images = np.zeros((4, 3, 32, 20), np.int32)
        images[:, 0] = 255  # red
        file.create_dataset("images", data=images, chunks=(1, 3, 32, 20), compression="gzip")
        kind = np.dtype(
            [
                *(("split", "S5"), ("source", "S9"), ("start", "i8"), ("stop", "i8")),
                *(("indices", h5py.ref_dtype), ("available", "?"), ("comment", "S1")),
            ]
        )
        rows = [(s, b"genres", a, b, h5py.Reference(), True, b".") for s, a, b in SPLIT]
        file.attrs["split"] = np.array(rows, kind)
    return path


def test_posters_and_labels(tmp_path):
    catalogue = open_catalogue(write(tmp_path / "multimodal_imdb.hdf5"))
    assert catalogue.table.format == "MM-IMDb, HDF5"
    assert "pickle" in catalogue.table.notes[0]
    assert catalogue.count() == 4
    films = list(catalogue.films())
    assert [film.id for film in films] == ["0114709", "0000002", "0000003", "0000004"]
    assert [film.genres for film in films] == [("Drama",), ("Drama", "Comedy"), (), ("Film-Noir",)]
    assert [film.split for film in films] == ["train", "train", "validation", "test"]
    image = Image.open(io.BytesIO(films[0].poster))
    assert (image.size, image.getpixel((0, 0))) == ((20, 32), (255, 0, 0))


def test_overviews_come_from_the_raw_films(tmp_path):
    (tmp_path / "dataset").mkdir()
    film = {"title": "Toy Story", "year": 1995, "plot": ["Short.", "A longer plot."]}
    (tmp_path / "dataset/0114709.json").write_text(json.dumps(film))
    films = list(open_catalogue(write(tmp_path / "multimodal_imdb.hdf5")).films())
    assert (films[0].title, films[0].overview) == ("Toy Story", "A longer plot.")
    assert films[1].overview is None


def test_the_pickle_beside_it_is_never_opened(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "run"), "w"))

    (tmp_path / "metadata.npy").write_bytes(pickle.dumps(Bomb()))
    assert len(list(open_catalogue(write(tmp_path / "multimodal_imdb.hdf5")).films())) == 4
    assert not (tmp_path / "run").exists()


def test_no_code_of_the_current_folder_is_run(tmp_path, monkeypatch):
    (tmp_path / "h5py.py").write_text("open('run', 'w')")
    monkeypatch.chdir(tmp_path)
    assert len(list(open_catalogue(write(tmp_path / "multimodal_imdb.hdf5")).films())) == 4
    assert not (tmp_path / "run").exists()


def refused(path, message):
    with pytest.raises(CatalogueError, match=message):
        list(open_catalogue(path).films())


def test_raw_films_outside_are_not_read(tmp_path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/0114709.json").write_text('{"plot": ["A secret plot."]}')
    (tmp_path / "set").mkdir()
    path = write(tmp_path / "set/multimodal_imdb.hdf5")
    (tmp_path / "set/dataset").symlink_to(tmp_path / "secret")
    refused(path, "dataset: is a link that leads out of the catalogue")
    (tmp_path / "set/dataset").unlink()
    (tmp_path / "set/dataset").mkdir()
    (tmp_path / "set/dataset/0114709.json").symlink_to(tmp_path / "secret/0114709.json")
    assert [film.overview for film in open_catalogue(path).films()] == [None] * 4


def test_external_data_is_not_read(tmp_path):
    secret = write(tmp_path / "secret.hdf5")
    path = write(tmp_path / "soft.hdf5")
    with h5py.File(path, "a") as file:
        del file["images"]
        file["images"] = h5py.ExternalLink(str(secret), "images")
    refused(path, "images is outside the file")
    path = write(tmp_path / "raw.hdf5")
    with h5py.File(path, "a") as file:
        del file["images"]
        external = [("/etc/passwd", 0, 4 * 3 * 32 * 20 * 4)]
        file.create_dataset("images", (4, 3, 32, 20), np.int32, external=external)
    refused(path, "images is outside the file")
    path = write(tmp_path / "virtual.hdf5")
    with h5py.File(path, "a") as file:
        del file["images"]
        layout = h5py.VirtualLayout((4, 3, 32, 20), np.int32)
        layout[:] = h5py.VirtualSource(str(secret), "images", (4, 3, 32, 20))
        file.create_virtual_dataset("images", layout)
    refused(path, "images is outside the file")


def test_other_files(tmp_path):
    path = tmp_path / "other.hdf5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(200))
    refused(path, "cannot be read as HDF5")
    with h5py.File(path, "w") as file:
        file["x"] = [1]
    refused(path, "has no genres")
    refused(write(tmp_path / "a.hdf5", names="[1, 2, 3]"), "target_names")
    refused(write(tmp_path / "b.hdf5", genres=np.zeros((3, 3), np.int32)), "other shapes")
    refused(write(tmp_path / "c.hdf5", genres=np.zeros((4, 3), np.float32)), "other shapes")


def test_a_truncated_file_is_refused(tmp_path):
    path = write(tmp_path / "multimodal_imdb.hdf5")
    path.write_bytes(path.read_bytes()[:-2000])
    refused(path, "cannot be read as HDF5")


def test_a_damaged_file_that_never_ends_is_refused(tmp_path, monkeypatch):
    # the library does not end on some damaged heaps, which the fuzzing found: here time runs out
    monkeypatch.setattr("posterplot.catalogue.mm_imdb_hdf5._OPEN_TIMEOUT", 0.001)
    refused(write(tmp_path / "multimodal_imdb.hdf5"), "is damaged: reading its attributes")


def test_a_damaged_file_that_crashes_the_library_is_refused(tmp_path, monkeypatch):
    crash = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    monkeypatch.setattr("posterplot.catalogue.mm_imdb_hdf5._READ_ATTRIBUTES", crash)
    refused(write(tmp_path / "multimodal_imdb.hdf5"), "attributes crashes the HDF5 library")
