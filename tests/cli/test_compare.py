import json


def test_two_models_on_the_films_that_both_read(call, runs, dataset, tmp_path):
    out = tmp_path / "comparison.json"
    models = (runs / "tiny-fusion", runs / "tiny-cnn" / "bundle")
    code, output, err = call("compare", *models, "--data", dataset.path, "--out", out)
    assert code == 0, err
    comparison = json.loads(out.read_text())
    assert (comparison["first"], comparison["second"]) == ("tiny-fusion", "tiny-cnn")
    assert comparison["films"] + comparison["left_out"] == dataset.manifest.splits["test"].films
    for word in ("mAP", "micro_f1", "Romance", "difference", "tiny-cnn"):
        assert word in output
    assert f"comparison written to {out}" in err
    code, _, err = call("compare", *models, "--data", dataset.path, "--out", out)
    assert code == 2
    assert "exists already" in err
