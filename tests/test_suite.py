from fnmatch import fnmatch


def test_no_folder_of_tests_is_left_out(pytestconfig):
    """By default pytest leaves out folders called build or dist, and says nothing."""
    left_out = pytestconfig.getini("norecursedirs")
    folders = {path.parent for path in (pytestconfig.rootpath / "tests").rglob("test_*.py")}
    assert folders
    for folder in folders:
        parts = folder.relative_to(pytestconfig.rootpath).parts
        assert not [part for part in parts if any(fnmatch(part, name) for name in left_out)]
