"""Any file is read, or refused in one line; fuzz/catalogue.py tries it for longer."""

import random

import pytest
from fuzz.catalogue import _CSV, _JSON, damaged, read


@pytest.mark.parametrize(("name", "good"), [("films.csv", _CSV), ("films.json", _JSON)])
def test_damaged_files_are_read_or_refused(tmp_path, name, good):
    chance = random.Random(1)
    ends = set()
    for _ in range(60):
        (tmp_path / name).write_bytes(damaged(good, chance))
        ends.add(read(tmp_path / name))
    assert ends == {"read", "refused"}
