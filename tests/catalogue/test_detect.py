import os
from collections import Counter

import pytest

from posterplot.catalogue import open_catalogue
from posterplot.errors import CatalogueError
from posterplot.films import Film


def refused(path, message):
    with pytest.raises(CatalogueError, match=message):
        open_catalogue(path)


def test_folders(tmp_path):
    refused(tmp_path, "is an empty folder; check its path, and that its disk is mounted")
    (tmp_path / "notes.txt").touch()
    refused(tmp_path, "is a folder without a table, posters or a media library")
    (tmp_path / "films.csv").write_text("id,plot\n1,One film.\n")
    (film,) = open_catalogue(tmp_path).films()
    assert film.id == "1"
    (tmp_path / "more.tsv").touch()
    refused(tmp_path, r"is a folder of 2 tables; name one of films\.csv, more\.tsv")


def test_devices(tmp_path):
    refused(tmp_path / "none.csv", "no such file")
    os.mkfifo(tmp_path / "pipe.csv")
    refused(tmp_path / "pipe.csv", "is a device")
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    refused(tmp_path / "zero.csv", "is a device")


def test_names(tmp_path):
    (tmp_path / "FILMS.CSV").write_text("id,plot\n1,One film.\n")
    assert open_catalogue(tmp_path / "FILMS.CSV").count() == 1
    (tmp_path / "films.gz").touch()
    refused(tmp_path / "films.gz", "cannot be a '.gz' file")


def test_a_table_beside_other_files_of_data_is_the_catalogue(tmp_path):
    (tmp_path / "films.csv").write_text("id,plot\n1,One film.\n")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "features.parquet").touch()
    (film,) = open_catalogue(tmp_path).films()
    assert film.overview == "One film."
    (tmp_path / "metadata.csv").write_text("id,key,description\n1,2,A note about it.\n")
    refused(tmp_path, r"is a folder of 2 tables; name one of films\.csv, metadata\.csv")


def test_a_prepared_dataset_is_a_catalogue(dataset):
    assert (dataset.path / "rejected.jsonl").is_file()
    catalogue = open_catalogue(dataset.path)
    splits = {split: counts.films for split, counts in dataset.manifest.splits.items()}
    found = Counter(film.split for film in catalogue.films() if isinstance(film, Film))
    assert found == splits


def test_json_lines_by_their_other_suffix(tmp_path):
    path = tmp_path / "films.ndjson"
    path.write_text('{"id": 1, "plot": "One film."}\n')
    (film,) = open_catalogue(path).films()
    assert film.id == "1"
