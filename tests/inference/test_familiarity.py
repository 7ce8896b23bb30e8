import io
import zipfile

import numpy as np
import pytest

from posterplot.errors import BundleError
from posterplot.inference.familiarity import Familiarity, Space, read_familiarity

SPACE = Space(
    mean=np.array([1.0, 1.0, 0.0]),
    axes=np.array([[1.0, 0.0, 0.0]]),
    spread=np.array([2.0]),
    rest=np.array(0.5),
    limit=np.array(1.0),
)
# its limit is the distance of (5, 2, 1) from the mean
WIDE = SPACE._replace(limit=np.array(8.0))


def test_a_distance_by_hand():
    # 4 along the axis is two deviations; 1 and 1 off it are a square of 2, four times the rest
    assert SPACE.distance(np.array([[5.0, 2.0, 1.0]])).tolist() == [pytest.approx(4 + 4)]


def test_a_film_is_familiar_up_to_the_limits():
    familiarity = Familiarity({"poster": WIDE, "overview": WIDE}, both=1.5)
    inside, outside = np.array([5.0, 2.0, 1.0]), np.array([5.0, 2.0, 1.5])
    far = np.array([9.0, 1.0, 0.0])  # its distance is 16, twice the limit
    assert familiarity.is_familiar(("poster",), {"poster": inside}) is True
    assert familiarity.is_familiar(("overview",), {"overview": outside}) is False
    # with both, the larger ratio is compared with the limit of both
    both = ("poster", "overview")
    assert familiarity.is_familiar(both, {"poster": inside, "overview": outside}) is True
    assert familiarity.is_familiar(both, {"poster": inside, "overview": far}) is False
    # a title is not an overview
    features = {"poster": inside, "overview": far}
    assert familiarity.is_familiar(("poster", "title"), features) is True


def test_nothing_is_known_of_an_input_without_a_space():
    familiarity = Familiarity({"poster": WIDE}, both=1.0)
    assert familiarity.is_familiar(("overview",), {"overview": np.zeros(3)}) is None


def test_a_file_is_read_as_written(tmp_path):
    path = tmp_path / "familiarity.npz"
    path.write_bytes(Familiarity({"poster": WIDE}, both=1.5).to_bytes())
    back = read_familiarity(path, {"poster": 3})
    assert back.both == 1.5
    for stored, value in zip(back.spaces["poster"], WIDE, strict=True):
        assert stored.dtype == np.float32
        assert (stored == value).all()


def test_a_damaged_file_or_one_of_other_features_is_refused(tmp_path):
    assert read_familiarity(None, {}) is None
    path = tmp_path / "familiarity.npz"
    path.write_bytes(Familiarity({"poster": WIDE}, both=1.5).to_bytes())
    for features in ({"poster": 4}, {"overview": 3}):
        with pytest.raises(BundleError, match="is damaged"):
            read_familiarity(path, features)
    for content in (b"no archive", b"", path.read_bytes()[:100]):
        path.write_bytes(content)
        with pytest.raises(BundleError, match="is damaged"):
            read_familiarity(path, {"poster": 3})


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def claiming(shape):
    """Return a short file of an array whose header claims another shape."""
    stream = io.BytesIO()
    header = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
    return stream.getvalue() + bytes(4)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("poster_mean", claiming((10**13,))),
        ("poster_mean", claiming((10**30,))),
        ("poster_axes", npy(np.zeros((100_000, 3), np.float32))),
        ("poster_axes", npy(np.zeros(3, np.float32))),
        ("poster_spread", npy(np.float32(2))),
        ("poster_rest", npy(np.ones(3, np.float32))),
        ("poster_limit", npy(np.ones(1, np.float32))),
        ("poster_limit", npy(np.array("1"))),
        ("poster_limit", b"no array"),
        ("both", npy(np.ones(1, np.float32))),
    ],
)
def test_a_crafted_file_is_refused_in_one_line(tmp_path, name, content):
    path = tmp_path / "familiarity.npz"
    whole = io.BytesIO(Familiarity({"poster": WIDE}, both=1.5).to_bytes())
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w") as new:
        for member in old.namelist():
            new.writestr(member, content if member == f"{name}.npy" else old.read(member))
    with pytest.raises(BundleError, match="is damaged"):
        read_familiarity(path, {"poster": 3})


def test_a_packed_file_is_refused(tmp_path):
    path = tmp_path / "familiarity.npz"
    whole = io.BytesIO(Familiarity({"poster": WIDE}, both=1.5).to_bytes())
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            new.writestr(member, old.read(member))
    with pytest.raises(BundleError, match="is damaged"):
        read_familiarity(path, {"poster": 3})
