import csv
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from posterplot.errors import UsageError
from posterplot.films import Film, Prediction, Rejected
from posterplot.inference.prediction_files import prediction_rows, write_rows
from posterplot.inference.read_predictions import NOT_PREDICTED, read_predictions

GENRES = ("Action", "Drama")
ROWS = [
    Prediction("a", "Salt", ("Drama",), {"Action": 0.25, "Drama": 0.5}, ("overview",)),
    Rejected("b", "", "films.csv row 3", "film", "has neither a poster nor an overview"),
    Prediction("c", "", (), {"Action": 0.0, "Drama": 1.0}, ("poster",)),
]


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet", ".csv"])
def test_predictions_of_a_file_take_the_place_of_a_model(tmp_path, suffix):
    path = tmp_path / f"predictions{suffix}"
    write_rows(prediction_rows(ROWS), path, GENRES)
    predictions = read_predictions(path)
    assert predictions.genres == GENRES
    assert predictions.probabilities == {"a": (0.25, 0.5), "c": (0.0, 1.0)}
    rejected = Rejected("d", "", "row 5", "film", "no id")
    films = [
        Film("c", "Other", overview="A gun."),
        rejected,
        Film("b", overview="A kiss.", source="row 3"),
    ]
    prediction, same, missing = predictions.predict(films)
    assert prediction == Prediction("c", "Other", (), {"Action": 0.0, "Drama": 1.0}, ("overview",))
    assert same is rejected
    assert missing == Rejected("b", "", "row 3", "film", NOT_PREDICTED)


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet", ".csv"])
def test_films_without_ids_are_recognised_by_their_titles(tmp_path, suffix):
    answer = Prediction("row-2", "Salt", (), {"Action": 0.25, "Drama": 0.5}, ("overview",))
    path = tmp_path / f"predictions{suffix}"
    write_rows(prediction_rows([answer]), path, GENRES)
    films = [Film("row-2", title, overview="A gun.") for title in ("Salt", "Heat", "")]
    same, other, untitled = read_predictions(path).predict(films)
    assert same == answer
    assert other.reason == untitled.reason == NOT_PREDICTED


def test_a_table_without_titles_is_read(tmp_path):
    path = tmp_path / "predictions.parquet"
    kind = pa.struct([("Action", pa.float32())])
    schema = pa.schema([("id", pa.string()), ("probabilities", kind)])
    rows = [{"id": "a", "probabilities": {"Action": 0.25}}]
    pq.write_table(pa.Table.from_pylist(rows, schema), path)
    (prediction,) = read_predictions(path).predict([Film("a", "Salt", overview="A gun.")])
    assert prediction.probabilities == {"Action": 0.25}


@pytest.mark.parametrize(
    "row",
    [
        {"id": "b", "probabilities": {"Action": 0.5}},
        {"id": "b", "probabilities": {"Action": 0.5, "Drama": 0.5, "War": 0.5}},
        {"id": "b", "probabilities": {"Action": 0.5, "War": 0.5}},
        {"id": "b", "probabilities": {"Action": 0.5, "Drama": 1.5}},
        {"id": "b", "probabilities": {"Action": 0.5, "Drama": "x"}},
        {"probabilities": {"Action": 0.5, "Drama": 0.5}},
        [1],
    ],
)
def test_rows_that_do_not_fit_are_refused(tmp_path, row):
    path = tmp_path / "predictions.jsonl"
    rows = [{"id": "a", "probabilities": {"Action": 0.25, "Drama": 0.5}}, row]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(UsageError, match=r"predictions\.jsonl: is not a file of predictions: "):
        read_predictions(path)


def test_a_field_that_is_too_long_is_refused_in_one_line(tmp_path):
    path = tmp_path / "predictions.csv"
    path.write_text("id,title,probability:Action\na," + "x" * 2000 + ",0.5\n")
    limit = csv.field_size_limit(1000)  # of all readers: opening a catalogue raises it
    try:
        with pytest.raises(UsageError, match="is not a file of predictions: field larger than"):
            read_predictions(path)
    finally:
        csv.field_size_limit(limit)


@pytest.mark.parametrize("content", [None, b"", b"id,title\n", b'{"id": "a", "error": "x"}\n'])
@pytest.mark.parametrize("name", ["none.jsonl", "none.parquet", "none.csv"])
def test_a_file_without_predictions_is_refused_in_one_line(tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match="write one: posterplot predict") as refused:
        read_predictions(tmp_path / name)
    assert "\n" not in str(refused.value)
