import pytest


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "--data", "x", "--split", "dev"], "there is no split 'dev'"),
        (["nowhere", "--data", "x"], "no such folder"),
        (["--data", "x"], "Missing argument"),
    ],
)
def test_a_wrong_call_is_one_clear_line(call, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    code, out, err = call("report", *arguments)
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1, err
    assert message in err
    assert list(tmp_path.iterdir()) == []
