import pytest

from posterplot.dataset.folds import make_folds, whole_fingerprint
from posterplot.dataset.prepare import prepare
from posterplot.dataset.reading import open_dataset
from posterplot.errors import DatasetError


def _ids(films):
    return [film.id for film in films]


def test_every_training_film_is_held_out_once(dataset):
    folds = make_folds(dataset, 4, seed=0)
    train = _ids(dataset.films("train"))
    held = [_ids(fold.held_out_films()) for fold in folds]
    assert sorted(film for out in held for film in out) == sorted(train)
    assert max(map(len, held)) - min(map(len, held)) <= 1
    for fold, out in zip(folds, held, strict=True):
        assert _ids(fold.films("train")) == [film for film in train if film not in out]
        assert _ids(fold.films("test")) == out + _ids(dataset.films("test"))
        assert _ids(fold.films("validation")) == _ids(dataset.films("validation"))
        for split in ("train", "validation", "test"):
            assert fold.table(split, ["id"])["id"].to_pylist() == _ids(fold.films(split))
            assert fold.manifest.splits[split].films == len(_ids(fold.films(split)))
        assert fold.vocabulary == dataset.vocabulary
    fingerprints = {fold.manifest.fingerprint for fold in folds}
    assert len(fingerprints | {dataset.manifest.fingerprint}) == 5


def test_folds_depend_on_the_seed_alone(dataset):
    first, again, other = (
        [fold.held_out for fold in make_folds(dataset, 3, seed)] for seed in (0, 0, 1)
    )
    assert first == again != other


def test_duplicates_share_a_fold(tmp_path):
    rows = ["id,title,year,overview,genres,split"]
    for n in range(12):
        text = f"word{n} " * 30
        rows += [f"a{n},Film {n},19{n + 50},{text},Drama,train"]
        rows += [f"b{n},Film {n},19{n + 50},{text},Drama,train"]
    rows += ["v,Other,2000,another text of its own,Drama,validation"]
    (tmp_path / "films.csv").write_text("\n".join(rows))
    prepare(tmp_path / "films.csv", tmp_path / "dataset")
    dataset = open_dataset(tmp_path / "dataset")
    assert len(set(dataset.table("train")["group"].to_pylist())) == 12
    for fold in make_folds(dataset, 5, seed=0):
        numbers = [film[1:] for film in fold.held_out]
        assert all(numbers.count(number) == 2 for number in numbers)
        assert fold.manifest.splits["test"].films == len(fold.held_out)
    with pytest.raises(DatasetError, match="only 12 distinct training films for 13 folds"):
        make_folds(dataset, 13, seed=0)


def test_a_fold_tells_the_dataset_that_it_is_of(dataset):
    for whole in (dataset, *make_folds(dataset, 3, seed=0)):
        assert whole_fingerprint(whole.manifest.fingerprint) == dataset.manifest.fingerprint
