import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from posterplot.errors import OutputError
from posterplot.files import new_file
from posterplot.inference.prediction_files import parquet_bytes
from posterplot.scale.shard_folder import SUMMARY, MadeWith, open_folder
from posterplot.scale.worker import shard_name
from tests.locks import is_refused_elsewhere

MADE_WITH = MadeWith("films.csv", "model")
ROWS = [
    {
        "id": "a",
        "title": "Salt",
        "genres": ["Drama"],
        "probabilities": {"Drama": 0.5},
        "modalities": ["poster"],
        "familiar": False,
        "guarantee": "precision 0.7 of all genres",
        "problem": "overview says nothing",
    },
    {"id": "b", "title": "", "error": "has neither a poster nor an overview"},
]
CONTENT = parquet_bytes(ROWS, ("Drama",))
FIRST, SECOND, THIRD = (shard_name(number, str(number) * 32) for number in range(3))


def test_a_folder_that_is_made_and_continued(tmp_path):
    out = tmp_path / "deep/out"
    with open_folder(out, MADE_WITH) as folder:
        assert folder.names() == frozenset()
        folder.write(FIRST, CONTENT)
        assert json.loads((out / SUMMARY).read_text())["finished"] is False
    with open_folder(out, MADE_WITH) as folder:
        assert folder.names() == {FIRST}
        assert folder.rows(FIRST) == [
            {k: v for k, v in ROWS[0].items() if k not in ("probabilities", "modalities")},
            ROWS[1],
        ]
        folder.write(SECOND, CONTENT)
        assert folder.finish([SECOND], 2) == 1
    assert sorted(path.name for path in out.iterdir()) == [SUMMARY, SECOND]
    assert json.loads((out / SUMMARY).read_text()) == {
        "catalogue": "films.csv",
        "model": "model",
        "finished": True,
        "films": 2,
        "shards": [SECOND],
    }
    assert pq.read_table(out).num_rows == 2  # the summary is not taken for a table
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def finished(out):
    return json.loads((out / SUMMARY).read_text())["finished"]


def test_the_folder_is_unfinished_while_old_and_new_shards_are_mixed(tmp_path, monkeypatch):
    with open_folder(tmp_path, MADE_WITH) as folder:
        folder.write(FIRST, CONTENT)
        folder.finish([FIRST], 2)
    with open_folder(tmp_path, MADE_WITH) as folder:
        assert finished(tmp_path)  # nothing has changed yet
        folder.write(SECOND, CONTENT)
        assert not finished(tmp_path)
    seen = []
    with open_folder(tmp_path, MADE_WITH) as folder:
        folder.finish([FIRST, SECOND], 4)
        assert finished(tmp_path)
    unlink = Path.unlink

    def watched(path, **options):
        if path.name in (FIRST, SECOND):
            seen.append(finished(tmp_path))
        unlink(path, **options)

    monkeypatch.setattr(Path, "unlink", watched)
    with open_folder(tmp_path, MADE_WITH) as folder:
        assert folder.finish([FIRST], 2) == 1
        assert finished(tmp_path)
    assert seen == [False]


def test_what_a_killed_process_leaves(tmp_path):
    for name in (f".posterplot-temporary.{FIRST}", f".posterplot-lock.{FIRST}", FIRST):
        (tmp_path / name).write_bytes(CONTENT[:100])  # the shard is damaged
    (tmp_path / SUMMARY).write_text(json.dumps(MADE_WITH._asdict()))
    with open_folder(tmp_path, MADE_WITH) as folder:
        assert folder.names() == frozenset()
        folder.write(FIRST, CONTENT)
        assert folder.names() == {FIRST}
    assert sorted(path.name for path in tmp_path.iterdir()) == [SUMMARY, FIRST]


@pytest.mark.parametrize("place", [4, 20, 60, len(CONTENT) // 3, len(CONTENT) - 30])
def test_a_damaged_shard_is_written_again_or_removed(tmp_path, place):
    damaged = CONTENT[:place] + bytes(255 - byte for byte in CONTENT[place : place + 8])
    damaged += CONTENT[place + 8 :]
    with open_folder(tmp_path, MADE_WITH) as folder:
        folder.write(FIRST, damaged)
        folder.write(SECOND, CONTENT)
    (tmp_path / THIRD).write_bytes(damaged)
    with open_folder(tmp_path, MADE_WITH) as folder:
        assert folder.names() == {SECOND}
        folder.write(FIRST, CONTENT)
        assert folder.names() == {FIRST, SECOND}
        folder.finish([FIRST, SECOND], 4)
    assert {path.name for path in tmp_path.iterdir()} == {FIRST, SECOND, SUMMARY}


OTHERS = (".posterplot-lock.other.jsonl", ".posterplot-temporary.other.jsonl")


def test_what_belongs_to_other_outputs_is_kept(tmp_path):
    for name in OTHERS:
        (tmp_path / name).write_text("")
    (tmp_path / ".posterplot-temporary.model/new").mkdir(parents=True)
    with open_folder(tmp_path, MADE_WITH) as folder:  # it holds nothing else
        folder.finish([], 0)
    with open_folder(tmp_path, MADE_WITH):
        pass
    assert {path.name for path in tmp_path.iterdir()} == {
        *OTHERS,
        ".posterplot-temporary.model",
        SUMMARY,
    }


def test_a_shard_that_another_process_is_writing_is_left_to_it(tmp_path):
    with new_file(tmp_path / FIRST) as temporary:
        temporary.write_bytes(CONTENT)
        assert is_refused_elsewhere(open_folder(tmp_path, MADE_WITH))
    assert (tmp_path / FIRST).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"thesis.docx": "years of work"}, "exists already, and is no folder of predictions"),
        ({"a.part": "", **dict.fromkeys(OTHERS, "")}, "exists already, and is no folder of predic"),
        ({SUMMARY: "[]"}, "exists already, and is no folder of predictions"),
        ({SUMMARY: '{"catalogue": "films.csv", "model": "x"}'}, "predictions of another model"),
        ({SUMMARY: '{"catalogue": "x", "model": "model"}'}, "predictions of another catalogue"),
    ],
)
def test_other_folders_are_left_alone(tmp_path, files, message):
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    with pytest.raises(OutputError, match=message), open_folder(tmp_path, MADE_WITH):
        pass
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == files


def shard(number, content=CONTENT):
    return {"number": number, "content": content}


def film(id_, title):
    return parquet_bytes([{"id": id_, "title": title, "error": "has no poster"}], ("Drama",))


OTHER = film("a", "Another film with the same id")


@pytest.mark.parametrize(
    "shards",
    [
        [shard(0, OTHER), shard(1, OTHER)],
        [shard(1, OTHER), shard(2, CONTENT), shard(0, OTHER), shard(3, None)],
        [shard(5, CONTENT)],
        [],
    ],
)
def test_another_catalogue_of_the_same_name_is_refused_before_anything_is_passed_on(
    tmp_path, shards
):
    with open_folder(tmp_path, MADE_WITH) as folder:
        folder.write(FIRST, CONTENT)
        folder.write(SECOND, CONTENT)
        passed = []
        with pytest.raises(OutputError, match="predictions of another catalogue"):
            passed.extend(folder.of_its_catalogue(shards))
        assert passed == []
        assert folder.names() == {FIRST, SECOND}


@pytest.mark.parametrize(
    "shards",
    [
        [shard(3, OTHER), shard(0, film("b", "")), shard(1, OTHER)],  # a film is the same
        [shard(2, OTHER), shard(1, CONTENT), shard(0, OTHER)],
        [shard(2, OTHER), shard(1, None), shard(0, OTHER)],  # a shard is the same
    ],
)
def test_the_same_catalogue_may_have_changed(tmp_path, shards):
    with open_folder(tmp_path, MADE_WITH) as folder:
        folder.write(FIRST, CONTENT)
        folder.write(SECOND, CONTENT)
        assert list(folder.of_its_catalogue(shards)) == shards


def test_a_new_folder_takes_any_catalogue(tmp_path):
    with open_folder(tmp_path, MADE_WITH) as folder:
        shards = folder.of_its_catalogue(iter([shard(1), shard(0)]))
        assert next(shards) == shard(1)  # at once
        assert list(shards) == [shard(0)]


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "out").write_text("")
    with (
        pytest.raises(OutputError, match="is a file"),
        open_folder(tmp_path / "out", MADE_WITH),
    ):
        pass


def test_one_process_at_a_time(tmp_path):
    import threading

    errors = []

    def second():
        try:
            with open_folder(tmp_path / "out", MADE_WITH):
                pass
        except OutputError as error:
            errors.append(error.what)

    with open_folder(tmp_path / "out", MADE_WITH):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert errors == ["is being written by another posterplot"]
