import csv

import pytest

from posterplot.catalogue import open_catalogue

NAMES = (
    "Action,Adventure,Animation,Biography,Comedy,Crime,Documentary,Drama,Family,Fantasy,History,"
    "Horror,Music,Musical,Mystery,N/A,News,Reality-TV,Romance,Sci-Fi,Short,Sport,Thriller,War,"
    "Western"
)
GENRES = NAMES.split(",")


def write(folder, rows):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Images").mkdir()
    with (folder / "train.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Id", "Genre", *GENRES])
        for id_, listed, flagged in rows:
            writer.writerow([id_, listed, *(int(genre in flagged) for genre in GENRES)])
            if id_ != "tt4":
                (folder / "Images" / f"{id_}.jpg").touch()


@pytest.mark.parametrize("below", ["", "Multi_Label_dataset"])
def test_genres_come_from_the_list_and_from_the_columns(tmp_path, below):
    rows = [
        ("tt0086425", "['Comedy', 'Drama']", ["Comedy", "Drama"]),
        ("tt2", "['N/A']", ["N/A"]),
        ("tt3", "['Drama', 'War']", ["Drama"]),
        ("tt4", "['Drama']", ["Drama"]),
    ]
    write(tmp_path / below, rows)
    catalogue = open_catalogue(tmp_path)
    assert catalogue.table.format == "Multi_Label_dataset"
    first, second, rejected, third, missing = catalogue.films()
    assert first.genres == ("Comedy", "Drama")
    assert first.poster == tmp_path / below / "Images/tt0086425.jpg"
    assert second.genres == ()  # N/A is no genre
    assert (rejected.id, rejected.part) == ("tt3", "genres")
    assert rejected.reason == "genres differ between their list and their columns: War"
    assert third.genres == ("Drama",)
    assert missing.poster == tmp_path / below / "Images/tt4.jpg"  # found missing when it is read
