import json

import torch
from tests.conftest import CNN, LSTM

from posterplot.dataset.reading import open_dataset
from posterplot.training.config.run_config import load_config
from posterplot.training.data.selection import read_films


def _quiet(_):
    pass


def _config(tmp_path, text, *overrides):
    (tmp_path / "config.toml").write_text(text)
    return load_config(tmp_path / "config.toml", list(overrides))


def test_films_of_sources_follow_those_of_the_main_dataset(dataset, further, tmp_path):
    text = f'{LSTM}\n[[sources]]\ndataset = "{further}"\nweight = 0.25\nunknown = ["Romance"]\n'
    lines = []
    films = read_films(_config(tmp_path, text), dataset, lines.append)
    own = len(films.targets)
    added = films.train[own:]
    labelled = [f for f in added if set(f.genres) & {"Action", "Drama"}]
    assert added
    assert added == labelled  # the others have no known genre
    assert {f.id for f in added} <= {f"x{n}" for n in range(4, 20)}
    assert all(f.overview for f in added)
    assert films.weights.tolist() == [1.0] * own + [0.25] * len(added)
    assert torch.equal(films.train_targets[:own], films.targets)
    assert films.train_targets[own:, 2].isnan().all()
    assert not films.train_targets[own:, :2].isnan().any()
    assert films.sources == (open_dataset(further).manifest.fingerprint,)
    assert any("without a known genre and without a teacher are left out" in s for s in lines)


def test_a_teacher_gives_targets_for_unlabelled_genres(dataset, further, tmp_path):
    probabilities = dict(zip(dataset.vocabulary.names, (0.2, 0.4, 0.6), strict=True))
    known = [f.id for s in ("train", "validation", "test") for f in open_dataset(further).films(s)]
    lines = [json.dumps({"id": i, "probabilities": probabilities}) for i in known]
    (tmp_path / "teacher.jsonl").write_text("\n".join(lines))
    text = f"""{LSTM}
[[sources]]
dataset = "{further}"
unknown = ["Romance"]
[distillation]
predictions = ["{tmp_path}/teacher.jsonl"]
weight = 0.5
extra = ["{further}"]
"""
    films = read_films(_config(tmp_path, text), dataset, _quiet)
    own = len(films.targets)
    labels, soft = films.train_targets[own:], films.soft_targets[own:]
    assert not soft.isnan().any()
    assert torch.allclose(soft[:, 2], torch.tensor(0.6))
    some = ~labels[:, 0].isnan()
    assert torch.allclose(soft[some, 0], 0.5 * labels[some, 0] + 0.5 * 0.2)
    assert len({f.id for f in films.train}) == len(films.train)


def test_films_that_only_a_teacher_labels_are_training_films(dataset, further, tmp_path):
    genres = dataset.vocabulary.names
    labelled = [film for film in dataset.films("train") if film.poster]
    predicted = labelled[0].id
    probabilities = {predicted: (0.2, 0.4, 0.6), "x5": (0.9, 0.8, 0.7), "x10": (0.1, 0.1, 0.1)}
    rows = [
        {"id": i, "probabilities": dict(zip(genres, row, strict=True))}
        for i, row in probabilities.items()
    ]
    teacher = tmp_path / "teacher.jsonl"
    teacher.write_text("\n".join(map(json.dumps, rows)))
    text = f'{CNN}\n[distillation]\npredictions = ["{teacher}"]\nextra = ["{further}"]\n'
    films = read_films(_config(tmp_path, text), dataset, _quiet)
    # of the further films x10 has no poster, and no teacher knows the others
    assert [film.id for film in films.train] == [*(film.id for film in labelled), "x5"]
    assert torch.equal(films.train_targets[:-1], films.targets)
    assert films.train_targets[-1].isnan().all()
    assert torch.allclose(films.soft_targets[-1], torch.tensor([0.9, 0.8, 0.7]))
    expected = 0.5 * films.targets[0] + 0.5 * torch.tensor([0.2, 0.4, 0.6])
    assert torch.allclose(films.soft_targets[0], expected)
    assert torch.equal(films.soft_targets[1:-1], films.targets[1:])
    assert not {film.id for film in films.validation} & {film.id for film in films.train}
