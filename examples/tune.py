"""Search for settings with Optuna: each trial trains a model and is judged on validation.

Run it from a folder with a prepared dataset::

    pip install 'posterplot[train]' optuna
    python examples/tune.py overview-tfidf dataset --trials 20

The runs are in ``tuning/``, and the study is in ``tuning/study.db``: the same command continues it.
The test films are not used. Evaluate the best run on them once, at the end.
"""

import argparse
from pathlib import Path

import optuna

import posterplot as pp


def settings(trial: optuna.Trial, config: str) -> dict[str, object]:
    """Return the settings of a trial as ``section.key`` -> value. Change them to yours."""
    if "tfidf" in config:
        return {
            "max_ngram": trial.suggest_int("max_ngram", 1, 3),
            "min_films": trial.suggest_int("min_films", 1, 5),
            "regularisation": trial.suggest_float("regularisation", 0.1, 10, log=True),
        }
    return {
        "fit.learning_rate": trial.suggest_float("fit.learning_rate", 1e-4, 1e-2, log=True),
        "fit.weight_decay": trial.suggest_float("fit.weight_decay", 1e-4, 0.3, log=True),
        "fit.batch_size": trial.suggest_categorical("fit.batch_size", [16, 32, 64]),
    }


def main() -> None:
    """Run the trials, and print the best one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--out", type=Path, default=Path("tuning"))
    arguments = parser.parse_args()
    arguments.out.mkdir(exist_ok=True)

    def validation_map(trial: optuna.Trial) -> float:
        run = arguments.out / f"trial-{trial.number}"
        overrides = settings(trial, arguments.config.name)
        model = pp.train(arguments.config, arguments.dataset, out=run, overrides=overrides)
        result = pp.evaluate(model, arguments.dataset, split="validation")
        return float(result.overall["mAP"])

    study = optuna.create_study(
        study_name=arguments.config.stem,
        storage=f"sqlite:///{arguments.out / 'study.db'}",
        direction="maximize",
        load_if_exists=True,
    )
    # the number of trials, because a sampler with an equal seed would begin with equal settings
    study.sampler = optuna.samplers.TPESampler(seed=len(study.trials))
    study.optimize(validation_map, n_trials=arguments.trials)
    best = study.best_trial
    print(f"best: trial {best.number}, mAP on validation {best.value:.3f}")
    for key, value in best.params.items():
        print(f"  --set {key}={value}")


if __name__ == "__main__":
    main()
