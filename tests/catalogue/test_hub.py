import shutil
from pathlib import Path
from types import SimpleNamespace

import huggingface_hub
import pytest

from posterplot.catalogue import Access, hub, open_catalogue
from posterplot.errors import CatalogueError

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NAME = f"hf://datasets/someone/films@{COMMIT}"
REMOTE = Access(remote=True)


@pytest.fixture
def dataset(tmp_path, monkeypatch):
    """A hub that has one dataset, as a folder; returns the calls of its functions."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    source = tmp_path / "source"
    source.mkdir()
    (source / "metadata.csv").write_text("file_name,plot,genres\na.jpg,A film of two.,Drama|War\n")
    (source / "a.jpg").write_bytes(b"x")
    calls = []

    def download(name, **options):
        calls.append((name, options["repo_type"], options["revision"]))
        shutil.copytree(source, options["local_dir"])

    class Api:
        def dataset_info(self, name, *, revision, files_metadata):
            files = [
                SimpleNamespace(rfilename=path.name, size=path.stat().st_size)
                for path in source.iterdir()
            ]
            return SimpleNamespace(siblings=files)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    return calls


def films(path, tmp_path, access=REMOTE):
    # as the command line makes a path of it, which takes a slash away
    return list(open_catalogue(Path(path), access=access).films())


def test_a_dataset_at_a_commit_is_downloaded_once(dataset, tmp_path):
    (film,) = films(NAME, tmp_path)
    assert (film.overview, film.genres) == ("A film of two.", ("Drama", "War"))
    assert film.poster.read_bytes() == b"x"
    assert dataset == [("someone/films", "dataset", COMMIT)]
    assert films(NAME, tmp_path, Access()) == [film]  # what is in the cache needs no allowance
    assert len(dataset) == 1


def test_nothing_is_downloaded_unless_it_is_allowed(dataset, tmp_path):
    with pytest.raises(CatalogueError) as caught:
        films(NAME, tmp_path, Access())
    assert str(caught.value) == f"{NAME}: is on the Hugging Face hub; `remote=True` downloads it"
    assert dataset == []


@pytest.mark.parametrize(
    "name",
    [
        *("hf://datasets/someone/films", "hf://datasets/someone/films@main", "hf://x", "hf:"),
        *(f"hf://datasets/../x@{COMMIT}/..", f"hf://datasets/a/b/c@{COMMIT}"),
    ],
)
def test_a_name_without_a_commit_is_refused(dataset, tmp_path, name):
    with pytest.raises(
        CatalogueError, match="is not the name of a dataset at a fixed commit; name"
    ):
        films(name, tmp_path)
    assert dataset == []


def test_a_dataset_that_is_too_large(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(hub, "_MAX_BYTES", 10)
    with pytest.raises(CatalogueError, match="is too large"):
        films(NAME, tmp_path)
    assert dataset == []


def test_faults_of_the_hub_are_one_line(dataset, tmp_path, monkeypatch):
    def fail(name, **options):
        raise OSError("404 Client Error.\nRepository not found")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fail)
    with pytest.raises(
        CatalogueError, match=r"cannot be downloaded: 404 Client Error\. Repository"
    ):
        films(NAME, tmp_path)
    monkeypatch.undo()


def test_tables_on_the_web_are_not_read(tmp_path):
    with pytest.raises(CatalogueError, match="is an address, and catalogues are read from this"):
        films("https://host/films.csv", tmp_path)
