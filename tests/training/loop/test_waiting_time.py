import json

import pytest

from posterplot.training.loop.waiting_time import TIMING, WaitingTime


def test_the_share_by_hand(monkeypatch, tmp_path):
    clock = iter([0.0, 1.0, 3.0, 4.0, 7.0, 50.0, 51.0, 53.0])
    waiting = WaitingTime()
    assert waiting.share == 0
    with monkeypatch.context() as patch:
        patch.setattr("time.perf_counter", lambda: next(clock))
        for batches in (2, 1):  # between the epochs lies validation
            waiting.on_train_epoch_start()
            for _ in range(batches):
                waiting.on_train_batch_start()
                waiting.on_train_batch_end()
    assert (waiting.waiting, waiting.working) == (3.0, 7.0)
    assert waiting.share == pytest.approx(0.3)
    monkeypatch.undo()  # writing a file takes the time too
    waiting.write(tmp_path)
    assert json.loads((tmp_path / TIMING).read_text()) == {"data_wait_share": 0.3, "step_s": 10.0}


def test_a_run_records_its_waiting_time(runs):
    timing = json.loads((runs / "tiny-cnn" / TIMING).read_text())
    assert 0 < timing["data_wait_share"] < 1
    assert timing["step_s"] > 0
    assert not (runs / "tiny-tfidf" / TIMING).exists()
