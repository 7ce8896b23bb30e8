import pytest

from posterplot.cores import available_cores


@pytest.mark.parametrize(
    ("limit", "cores"), [("max 100000", 8), ("150000 100000", 2), ("5000 100000", 1), (None, 8)]
)
def test_affinity_and_quota_limit_the_cores(monkeypatch, tmp_path, limit, cores):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr("posterplot.cores._QUOTA", tmp_path / "cpu.max")
    if limit:
        (tmp_path / "cpu.max").write_text(f"{limit}\n")
    assert available_cores() == cores


def test_cores_are_counted_in_one_place(pytestconfig):
    """``os.cpu_count`` ignores a container's quota, so only ``cores.py`` may call it."""
    sources = (pytestconfig.rootpath / "src").rglob("*.py")
    assert [p.name for p in sources if "cpu_count" in p.read_text("utf-8")] == ["cores.py"]
