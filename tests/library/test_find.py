import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posterplot.library.find import Found, LeftOut, find_films


def make(root, *paths):
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"x")


def look(root, *, series=False):
    """Return the NFOs and the poster of each film by path, relative to the library."""
    found = {}
    for film in find_films(root, series=series):
        if isinstance(film, Found):
            nfos = [str(nfo.relative_to(root)) for nfo in film.nfos]
            poster = film.poster and str(film.poster.relative_to(root))
            found[str(film.path.relative_to(root))] = (nfos, poster)
    return found


def left_out(root):
    films = [film for film in find_films(root) if isinstance(film, LeftOut)]
    return {str(film.path.relative_to(root)): film.reason for film in films}


def test_one_folder_per_film(tmp_path):
    make(tmp_path, "A (1999)/A (1999).mkv", "A (1999)/A (1999).nfo", "A (1999)/movie.nfo")
    make(tmp_path, "A (1999)/poster.jpg", "A (1999)/folder.png", "A (1999)/A (1999)-thumb.jpg")
    nfos = ["A (1999)/movie.nfo", "A (1999)/A (1999).nfo"]
    assert look(tmp_path) == {"A (1999)/A (1999).mkv": (nfos, "A (1999)/poster.jpg")}


@pytest.mark.parametrize(
    ("pictures", "first"),
    [
        (["poster.jpg", "poster.png"], "poster.png"),
        (["poster.jpg", "F-poster.jpg"], "F-poster.jpg"),
        (["F-poster.png", "F.jpg"], "F.jpg"),
        (["folder.jpg", "cover.png"], "folder.jpg"),
        (["Folder.JPG"], "Folder.JPG"),
        (["movie.tbn"], "movie.tbn"),
        (["fanart.jpg", "landscape.png", "F-thumb.jpg"], None),
    ],
)
def test_the_poster_is_the_one_that_the_server_shows(tmp_path, pictures, first):
    make(tmp_path, "F/F.mkv", *(f"F/{name}" for name in pictures))
    [(_, poster)] = look(tmp_path).values()
    assert poster == (first and f"F/{first}")


def test_empty_pictures_and_links_out_of_the_library_are_ignored(tmp_path):
    library, outside = tmp_path / "library", tmp_path / "secret.png"
    make(library, "F/F.mkv", "F/folder.jpg")
    (library / "F/poster.jpg").write_bytes(b"")
    outside.write_bytes(b"x")
    (library / "F/poster.png").symlink_to(outside)
    (library / "F/F.png").symlink_to("nowhere")
    os.mkfifo(library / "F/poster.webp")
    [(_, poster)] = look(library).values()
    assert poster == "F/folder.jpg"


def test_a_film_alone_in_the_folder_of_a_genre_or_a_series_has_its_own_name(tmp_path):
    make(tmp_path, "Horror/Alien (1979).mkv", "Horror/extras/a.mkv")
    make(tmp_path, "S {tmdb-1}/Saw (2004).mkv", "S {tmdb-1}/Saw II (2005)/b.mkv")
    names = {film.path.name: film.name for film in find_films(tmp_path)}
    assert names == {
        "Alien (1979).mkv": "Alien (1979)",
        "Saw (2004).mkv": "Saw (2004)",
        "b.mkv": "Saw II (2005)",
    }


def test_several_films_in_a_folder_have_the_files_of_their_name(tmp_path):
    make(tmp_path, "B/One.mkv", "B/One.nfo", "B/One-poster.jpg", "B/Two.avi", "B/poster.jpg")
    make(tmp_path, "B/movie.nfo")
    assert look(tmp_path) == {
        "B/One.mkv": (["B/One.nfo"], "B/One-poster.jpg"),
        "B/Two.avi": ([], None),
    }


def test_parts_are_one_film(tmp_path):
    make(tmp_path, "F/F-cd1.avi", "F/F-cd2.avi", "F/F-cd1.nfo", "F/F.nfo")
    assert look(tmp_path) == {"F/F-cd1.avi": (["F/F-cd1.nfo", "F/F.nfo"], None)}


def test_a_single_part_two_is_a_film(tmp_path):
    make(tmp_path, "B/Dune Part 2.mkv", "B/Other.mkv")
    assert set(look(tmp_path)) == {"B/Dune Part 2.mkv", "B/Other.mkv"}


def test_versions_are_one_film(tmp_path):
    make(tmp_path, "F (1999)/F (1999) - 4K.mkv", "F (1999)/F (1999) - DVD.mkv")
    make(tmp_path, "F (1999)/movie.nfo", "F (1999)/F (1999) - DVD.nfo")
    nfos = ["F (1999)/movie.nfo", "F (1999)/F (1999) - DVD.nfo"]
    assert look(tmp_path) == {"F (1999)/F (1999) - 4K.mkv": (nfos, None)}


@pytest.mark.parametrize(
    ("files", "nfos"),
    [
        (["VIDEO_TS/VIDEO_TS.IFO", "VIDEO_TS/VIDEO_TS.nfo"], ["VIDEO_TS/VIDEO_TS.nfo"]),
        (["VIDEO_TS/VTS_01_1.VOB", "movie.nfo"], ["movie.nfo"]),
        (["BDMV/index.bdmv", "F.nfo"], ["F.nfo"]),
        (["BDMV/STREAM/00001.m2ts", "any.nfo"], ["any.nfo"]),
        (["cd1/a.avi", "cd2/b.avi", "movie.nfo"], ["movie.nfo"]),
    ],
)
def test_discs_are_one_film_each(tmp_path, files, nfos):
    make(tmp_path, "F/poster.jpg", *(f"F/{name}" for name in files))
    assert look(tmp_path) == {"F": ([f"F/{name}" for name in nfos], "F/poster.jpg")}


def test_kodi_reads_the_only_nfo_of_a_folder_whatever_its_name(tmp_path):
    make(tmp_path, "F/F.mkv", "F/release.nfo", "G/G.mkv", "G/one.nfo", "G/two.nfo")
    assert look(tmp_path) == {"F/F.mkv": (["F/release.nfo"], None), "G/G.mkv": ([], None)}


def test_hidden_files_are_no_nfos(tmp_path):
    make(tmp_path, "F/F.mkv", "F/release.nfo", "F/._release.nfo", "G/G.mkv", "G/._G.nfo")
    assert look(tmp_path) == {"F/F.mkv": (["F/release.nfo"], None), "G/G.mkv": ([], None)}


def test_every_spelling_of_a_name_is_recognised(tmp_path):
    make(tmp_path, "F/F.MKV", "F/Movie.NFO", "F/movie.nfo")
    assert look(tmp_path) == {"F/F.MKV": (["F/Movie.NFO", "F/movie.nfo"], None)}


@pytest.mark.parametrize(
    "path",
    [
        *("F/F-trailer.mkv", "F/sample.mkv", "F/F.sample.mkv", "F/F-featurette.mp4"),
        *(
            "Extras/a.mkv",
            "F/Trailers/a.mkv",
            "F/Sample/b.mkv",
            "F/behind the scenes/c.mkv",
            "F/.hidden/d.mkv",
        ),
        *("Plex Versions/F/F.mkv", ".deletedByTMM/F/F.mkv", "@eaDir/F.mkv", "#recycle/F.mkv"),
        *("$RECYCLE.BIN/F.mkv", "F/._F.mkv", "F/notes.txt", "lost+found/F.mkv"),
    ],
)
def test_extras_and_samples_are_left_out(tmp_path, path):
    make(tmp_path, path)
    assert look(tmp_path) == {}


def test_markers_exclude_a_folder_and_everything_below(tmp_path):
    make(tmp_path, "A/.nomedia", "A/B/F.mkv", "C/.tmmignore", "C/F.mkv", "E/F.mkv")
    make(tmp_path, "D/E/F.mkv")
    (tmp_path / "D" / ".ignore").write_bytes(b"")
    assert set(look(tmp_path)) == {"E/F.mkv"}
    assert left_out(tmp_path) == {
        "A": "left out by .nomedia",
        "C": "left out by .tmmignore",
        "D": "left out by .ignore",
    }


def test_ignore_files_use_gitignore_syntax(tmp_path):
    make(tmp_path, "A/F.mkv", "A/G.mkv", "B/old/F.mkv", "B/new/F.mkv")
    (tmp_path / "A" / ".ignore").write_text("# mine\nF*\n")
    (tmp_path / ".plexignore").write_text("old/\n")
    assert set(look(tmp_path)) == {"A/G.mkv", "B/new/F.mkv"}
    assert left_out(tmp_path) == {
        "A/F.mkv": "left out by .ignore",
        "B/old": "left out by .plexignore",
    }


def test_series_and_episodes(tmp_path):
    make(tmp_path, "S/tvshow.nfo", "S/poster.jpg", "S/Season 1/S01E01.mkv", "S/Season 1/x.nfo")
    make(tmp_path, "T/Season 01/T.1x01.mkv", "U/U.S01E02.mkv", "U/U.S01E03.mkv")
    assert look(tmp_path) == {}
    assert look(tmp_path, series=True) == {"S": (["S/tvshow.nfo"], "S/poster.jpg")}
    assert left_out(tmp_path) == {
        "S": "is a series; `series` tags it too",
        "T": "is a series without a tvshow.nfo",
        "U": "holds 2 episodes and no tvshow.nfo",
    }


def test_a_library_can_be_a_single_film(tmp_path):
    make(tmp_path, "F.mkv", "movie.nfo", "poster.jpg")
    assert look(tmp_path) == {"F.mkv": (["movie.nfo"], "poster.jpg")}


def test_a_film_whose_video_is_elsewhere(tmp_path):
    make(tmp_path, "F/movie.nfo", "F/poster.jpg")
    assert look(tmp_path) == {"F": (["F/movie.nfo"], "F/poster.jpg")}


def test_links_to_videos_count_and_links_to_folders_are_not_followed(tmp_path):
    library, elsewhere = tmp_path / "library", tmp_path / "elsewhere"
    make(elsewhere, "G/G.mkv")
    make(library, "F/F.nfo")
    (library / "F" / "F.mkv").symlink_to(elsewhere / "G" / "G.mkv")
    (library / "G").symlink_to(elsewhere / "G")
    (library / "loop").symlink_to(library)
    (library / "itself").symlink_to("itself")
    assert look(library) == {"F/F.mkv": (["F/F.nfo"], None)}
    assert set(left_out(library)) == {"G", "loop"}


@pytest.mark.parametrize("name", ["Shorts", "Other", "Clips", "Scenes", "Interviews", "Proof"])
@pytest.mark.parametrize("film", ["Salt (2000)/Salt (2000).mkv", "a.mkv"])
def test_a_name_of_extras_hides_no_films(tmp_path, name, film):
    make(tmp_path, f"{name}/{film}", "Heat (1995)/Heat (1995).mkv", f"Heat (1995)/{name}/b.mkv")
    make(tmp_path, "Alien (1979).mkv", f"Genre/{name}/{film}", "Trailers/c.mkv")
    assert set(look(tmp_path)) == {
        "Alien (1979).mkv",
        "Heat (1995)/Heat (1995).mkv",
        f"{name}/{film}",
        f"Genre/{name}/{film}",
    }
    assert left_out(tmp_path) == {"Trailers": "has a name of extras, and is not searched for films"}


def test_specials_alone_are_no_series(tmp_path):
    make(tmp_path, "Comedy/Specials/Live (2000)/a.mkv", "Comedy/Salt (1999)/b.mkv")
    assert set(look(tmp_path)) == {"Comedy/Specials/Live (2000)/a.mkv", "Comedy/Salt (1999)/b.mkv"}


def test_folders_of_a_series_of_films_are_no_discs(tmp_path):
    make(tmp_path, "H/Part 1/a.mkv", "H/Part 1/a.nfo", "H/Part 2/b.mkv", "H/Part 2/b.nfo")
    assert look(tmp_path) == {
        "H/Part 1/a.mkv": (["H/Part 1/a.nfo"], None),
        "H/Part 2/b.mkv": (["H/Part 2/b.nfo"], None),
    }


def test_a_loose_film_has_no_file_of_the_library_or_of_another_film(tmp_path):
    make(tmp_path, "Alien (1979).mkv", "folder.jpg", "Heat (1995).nfo", "Heat (1995)/h.mkv")
    assert look(tmp_path)["Alien (1979).mkv"] == ([], None)
    make(tmp_path, "Alien (1979).nfo", "Alien (1979)-poster.jpg")
    own = (["Alien (1979).nfo"], "Alien (1979)-poster.jpg")
    assert look(tmp_path)["Alien (1979).mkv"] == own


@pytest.mark.parametrize(
    ("folder", "video", "other"),
    [
        ("Alien (1979)", "grp-aln.mkv", "Soundtrack"),
        ("Alien", "alien-cd1.mkv", "Soundtrack"),
        ("Films", "a.mkv", "Extras"),
    ],
)
def test_the_folder_of_one_film_can_be_the_library(tmp_path, folder, video, other):
    library = tmp_path / folder
    make(library, video, "folder.jpg", "movie.nfo", f"{other}/x.flac")
    assert look(library) == {video: (["movie.nfo"], "folder.jpg")}


@pytest.mark.parametrize("marker", [".nomedia", ".tmmignore", ".ignore"])
def test_a_marker_above_the_library_excludes_it(tmp_path, marker):
    make(tmp_path, "Kids/X (2001)/X.mkv")
    (tmp_path / "Kids" / marker).write_bytes(b"")
    for library in (tmp_path / "Kids" / "X (2001)", tmp_path / "Kids"):
        assert look(library) == {}
        [(path, reason)] = left_out(library).items()
        assert path == "."
        assert reason.startswith("left out by ")
        assert reason.endswith(marker)


def test_rules_above_the_library_hold_in_it(tmp_path):
    make(tmp_path, "Kids/X/X.mkv", "Adults/Y/Y.mkv", "Adults/Y/Y.iso")
    (tmp_path / ".ignore").write_text("Kids/\n*.iso\n")
    assert left_out(tmp_path / "Kids" / "X") == {".": f"left out by {tmp_path / '.ignore'}"}
    assert look(tmp_path / "Kids" / "X") == {}
    assert look(tmp_path / "Adults" / "Y") == {"Y.mkv": ([], None)}


def test_an_nfo_belongs_to_the_film_of_its_name_not_to_parts_of_another(tmp_path):
    make(tmp_path, "B/Dune.mkv", "B/Dune.nfo", "B/Dune-poster.jpg", "B/Heat.mkv")
    make(tmp_path, "B/Dune Part 1.mkv", "B/dune part 2.mkv", "B/Dune Part 1.nfo")
    assert look(tmp_path) == {
        "B/Dune.mkv": (["B/Dune.nfo"], "B/Dune-poster.jpg"),
        "B/Dune Part 1.mkv": (["B/Dune Part 1.nfo"], None),
        "B/Heat.mkv": ([], None),
    }


@given(
    st.lists(
        st.builds(
            "{}{}{}.{}".format,
            st.sampled_from(["A", "a", "B"]),
            st.sampled_from(["", " part 1", " Part 2", "-cd1", "-cd2", " part 3-cd1", " (1999)"]),
            st.sampled_from(["", " x"]),
            st.sampled_from(["mkv", "avi"]),
        ),
        unique=True,
        max_size=8,
    )
)
def test_no_two_films_of_a_folder_share_an_nfo_or_a_poster(tmp_path_factory, videos):
    root = tmp_path_factory.mktemp("library")
    make(root, *(f"F/{video}" for video in videos))
    stems = {video.rpartition(".")[0] for video in videos} | {"A", "a", "B", "A x", "B x"}
    make(root, *(f"F/{stem}{end}" for stem in stems for end in (".nfo", "-poster.jpg")))
    films = [film for film in find_films(root) if isinstance(film, Found)]
    nfos = [nfo for film in films for nfo in {*film.nfos, film.new_nfo}]
    posters = [film.poster for film in films if film.poster]
    assert len(nfos) == len(set(nfos))
    assert len(posters) == len(set(posters))


def test_a_film_named_like_an_episode_is_found_by_its_year_or_its_nfo(tmp_path):
    make(tmp_path, "A/10x10 (2018).mkv", "A/10x10 (2018).nfo", "A/Heat.mkv")
    make(tmp_path, "B/1x02.mkv", "B/movie.nfo")
    assert set(look(tmp_path)) == {"A/10x10 (2018).mkv", "A/Heat.mkv", "B/1x02.mkv"}
    assert left_out(tmp_path) == {}


def test_episodes_beside_films_are_named(tmp_path):
    make(tmp_path, "A/Show S01E01.mkv", "A/Heat.mkv")
    assert set(look(tmp_path)) == {"A/Heat.mkv"}
    assert left_out(tmp_path) == {"A": "holds 1 episode and no tvshow.nfo"}
