import os

import pytest

from posterplot.library.exclude import (
    excluded,
    find_marker,
    is_episode,
    is_extras,
    is_left_out,
    is_season,
    is_video,
    rules_of,
)


@pytest.mark.parametrize(
    ("name", "video"),
    [
        ("Heat.mkv", True),
        ("Heat.MKV", True),
        ("Heat.srt", False),
        (".mkv", False),
        (".hidden.mkv", False),
        ("Heat-trailer.mkv", False),
        ("sample.mkv", False),
        ("The Trailer Park.mkv", True),
    ],
)
def test_videos(name, video):
    assert is_video(name) is video


def test_episodes_and_seasons():
    assert is_episode("Show S01E02")
    assert is_episode("show 1x02")
    assert not is_episode("1984")
    assert not is_episode("10x10 (2018)")
    assert not is_episode("24x36 A Movie About Movie Posters [2016]")
    assert not is_episode("10x10", "10x10 (2018)")
    assert is_episode("1x02", "Show (2018)")
    assert is_episode("Show (2018) 1x02")
    assert is_season("Season 1")
    assert not is_season("Specials")
    assert not is_season("Four Seasons")


def test_folders_and_markers():
    assert is_left_out("#recycle")
    assert not is_left_out("Extras")
    assert is_extras("Extras")
    assert is_extras("Shorts")
    assert is_left_out(".git")
    assert not is_left_out("Heat (1995)")
    assert find_marker(["a.mkv", ".NoMedia"]) == ".NoMedia"
    assert find_marker(["a.mkv"]) == ""


def _rules(folder):
    return rules_of(folder, {entry.name: entry for entry in os.scandir(folder)})


def test_rules_are_gitignore_patterns(tmp_path):
    (tmp_path / ".plexignore").write_text("# a comment\n*.iso\nold/\n")
    rules, whole = _rules(tmp_path)
    assert whole == ""
    assert excluded(tmp_path / "a.iso", rules, folder=False) == ".plexignore"
    assert excluded(tmp_path / "old", rules, folder=True) == ".plexignore"
    assert excluded(tmp_path / "old", rules, folder=False) == ""
    assert excluded(tmp_path / "a.mkv", rules, folder=False) == ""


def test_an_empty_ignore_excludes_the_folder(tmp_path):
    (tmp_path / ".ignore").touch()
    assert _rules(tmp_path) == ([], ".ignore")


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_rules_may_have_a_byte_order_mark(tmp_path, codec):
    (tmp_path / ".ignore").write_bytes("\r\n".encode(codec))
    assert _rules(tmp_path) == ([], ".ignore")
    (tmp_path / ".ignore").write_bytes("old/\r\n".encode(codec))
    rules, whole = _rules(tmp_path)
    assert whole == ""
    assert excluded(tmp_path / "old", rules, folder=True) == ".ignore"


def test_a_link_is_not_read_as_rules(tmp_path):
    (tmp_path / "rules").write_text("*")
    (tmp_path / ".ignore").symlink_to(tmp_path / "rules")
    assert _rules(tmp_path) == ([], "")
