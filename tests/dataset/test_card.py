from posterplot.dataset.card import dataset_card


def test_the_card_lists_splits_genres_and_the_fingerprint(dataset):
    manifest = dataset.manifest
    card = dataset_card(manifest)
    assert card.startswith(
        "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n"
    )
    assert card.endswith(f"Fingerprint (SHA-256): `{manifest.fingerprint}`\n")
    lines = card.splitlines()
    assert "| genre | train | validation | test |" in lines
    assert "|---|---|---|---|" in lines
    for name, split in manifest.splits.items():
        assert f"    path: data/{name}-*.parquet" in lines
        assert any(line.startswith(f"| {name} | {split.films:,} |") for line in lines)
    for genre in manifest.genres:
        counts = [str(split.genres.get(genre, 0)) for split in manifest.splits.values()]
        assert f"| {genre} | {' | '.join(counts)} |" in lines


def test_the_card_counts_duplicates(dataset):
    manifest = dataset.manifest
    with_duplicates = manifest.model_copy(update={"duplicate_groups": 2, "duplicate_films": 1005})
    assert "1,005 entries were duplicates, of 2 films." in dataset_card(with_duplicates)
    without_duplicates = manifest.model_copy(update={"duplicate_groups": 0, "duplicate_films": 0})
    assert "No film is listed more than once." in dataset_card(without_duplicates)
