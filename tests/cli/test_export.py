def test_a_model_in_the_layout_of_the_hub(call, tmp_path):
    from posterplot.inference.bundle import shipped_bundle

    out = tmp_path / "model"
    code, output, err = call("export", shipped_bundle(), "--hub-layout", out)
    assert (code, output) == (0, "")
    assert f"model repository written to {out}" in err
    assert call("info", "--model", out)[0] == 0
    code, _, err = call("export", shipped_bundle(), "--hub-layout", out)
    assert code == 2
    assert "exists already" in err
