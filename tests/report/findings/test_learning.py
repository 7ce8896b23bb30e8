import numpy as np

from posterplot.report.findings.learning import describe_diagnosis, diagnose


def _history(mean_ap, train, validation, recall):
    return [
        {
            "epoch": float(n),
            "validation_mAP": m,
            "train_loss": t,
            "validation_loss": v,
            "validation_micro_recall": r,
            "validation_macro_recall": r / 2,
        }
        for n, (m, t, v, r) in enumerate(zip(mean_ap, train, validation, recall, strict=True))
    ]


OVERFITTED = _history(
    [0.2, 0.4, 0.405, 0.39], [0.5, 0.3, 0.2, 0.1], [0.5, 0.35, 0.4, 0.5], [0.1, 0.3, 0.1, 0.3]
)
RISING = _history([0.1, 0.2, 0.3], [0.5, 0.4, 0.3], [0.5, 0.4, 0.31], [0.30, 0.31, 0.32])


def test_an_overfitted_run():
    diagnosis = diagnose(OVERFITTED)
    assert (diagnosis.epochs, diagnosis.best, diagnosis.plateau, diagnosis.lowest) == (4, 3, 2, 2)
    assert np.isclose(diagnosis.gap, 1.0)
    assert np.isclose(diagnosis.rise, 0.5 / 0.35 - 1)
    assert np.isclose(diagnosis.volatility, np.mean([0.2, 0.1]))
    assert np.isclose(diagnosis.jump[0], 0.2)
    text = " ".join(describe_diagnosis(diagnosis))
    assert "Epoch 3 of 4 was best, with a validation mAP of 0.405." in text
    # it fell further below the best at epoch 4
    assert "within 0.01 of its best at epoch 2 already; 2 further epochs added no more" in text
    assert "100 % above the train loss" in text
    assert "43 % higher at the last" in text
    assert "Recall on validation films is volatile" in text


def test_a_run_that_was_still_improving():
    text = " ".join(describe_diagnosis(diagnose(RISING)))
    assert "Plateau: not reached" in text
    assert "longer training may help" in text
    assert "Gap: small; at the best epoch the validation loss is 3.3 % above" in text
    assert "Overfitting: the validation loss shows none" in text
    assert "Recall on validation films is steady" in text


def test_a_train_loss_above_the_validation_loss():
    lines = describe_diagnosis(diagnose(_history([0.1, 0.2], [0.5, 0.4], [0.4, 0.3], [0.1, 0.1])))
    assert any("25 % below the train loss" in line for line in lines)


def test_a_single_epoch():
    assert describe_diagnosis(diagnose(RISING[:1])) == [
        "Epoch 1 of 1 was best, with a validation mAP of 0.100.",
        "One epoch is not enough for a curve.",
    ]
