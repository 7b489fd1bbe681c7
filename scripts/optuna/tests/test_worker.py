"""A worker alone: what it records, how it ends, and what it says about bad input."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState

from optuna_resnet_bo.search import flags, read_search

PROGRAM = os.environ["RESNET_BO_PROGRAM"]
TABLE = str(Path(__file__).with_name("table_program.py"))
SMALL = ["--cpu", "--limit", "500", "--epochs", "2", "--folds", "2"]


def command(folder: Path, *words: str, program: str = TABLE, evaluations: int = 4) -> list[str]:
    return [
        sys.executable, "-m", "optuna_resnet_bo", "worker", "--storage", f"sqlite:///{folder}/study.db", "--study", "s",
        "--evaluations", str(evaluations), "--program", program, "--heartbeat", "1", *words,
    ]


def run(words: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, env={**os.environ, **environment})


def trials(folder: Path) -> list[optuna.trial.FrozenTrial]:
    return optuna.load_study(study_name="s", storage=f"sqlite:///{folder}/study.db").get_trials()


def test_training_with_the_program(tmp_path: Path) -> None:
    words = command(
        tmp_path, "--search", "learning-rate=log:0.01..0.3", "--search", "batch-size=32,64", "--no-pruning", "--", *SMALL,
        program=PROGRAM, evaluations=3)
    ended = run(words)
    assert ended.returncode == 0, ended.stderr
    assert len(ended.stderr.splitlines()) == 3
    for trial in trials(tmp_path):
        assert trial.state == TrialState.COMPLETE
        folds = trial.user_attrs["fold_losses"]
        assert trial.value == pytest.approx(sum(folds) / 2, rel=1e-12)
        assert trial.intermediate_values.keys() == {1, 2}
        assert trial.intermediate_values[2] == pytest.approx(trial.value, rel=1e-12)
        assert trial.user_attrs["backend"] == "cpu" and trial.user_attrs["seconds"] > 0
        assert trial.params["batch_size"] in (32, 64)
        assert isinstance(trial.user_attrs["diverged"], bool)
    # Nothing is left to do for another worker, and more evaluations continue the study.
    assert run(words).stderr == ""
    assert run([{"3": "4"}.get(word, word) for word in words]).returncode == 0
    assert len(trials(tmp_path)) == 4


def test_divergence_is_recorded(tmp_path: Path) -> None:
    ended = run(command(
        tmp_path, "--search", "learning-rate=log:1e29..1e30", "--", *SMALL, program=PROGRAM, evaluations=1))
    assert ended.returncode == 0, ended.stderr
    (trial,) = trials(tmp_path)
    assert trial.state == TrialState.FAIL and trial.user_attrs["diverged"] is True and trial.intermediate_values == {}


def test_pruning(tmp_path: Path) -> None:
    ended = run(command(tmp_path, evaluations=10))
    assert ended.returncode == 0, ended.stderr
    pruned = [trial for trial in trials(tmp_path) if trial.state == TrialState.PRUNED]
    assert pruned and all(len(trial.intermediate_values) < 5 for trial in pruned)
    assert len(trials(tmp_path)) == 10


@pytest.mark.parametrize("number, code", [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
@pytest.mark.parametrize("program, rest", [(TABLE, []), (PROGRAM, ["--", "--cpu"])], ids=["table", "program"])
def test_a_signal_queues_the_trial_again(
    tmp_path: Path, number: signal.Signals, code: int, program: str, rest: list[str]
) -> None:
    words = command(tmp_path, *rest, program=program)
    worker = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env={**os.environ, "TABLE_SECONDS": "1000"})
    deadline = time.monotonic() + 600
    while True:
        assert time.monotonic() < deadline
        try:
            if any(trial.params for trial in trials(tmp_path)):
                break
        except Exception:
            pass
        time.sleep(0.2)
    time.sleep(1)
    worker.send_signal(number)
    _, errors = worker.communicate(timeout=300)
    assert worker.returncode == code, errors
    assert f"interrupted by {number.name}" in errors.splitlines()[-1]
    first, second = trials(tmp_path)
    assert first.state == TrialState.FAIL and "diverged" not in first.user_attrs
    assert second.state == TrialState.WAITING and second.params == first.params


@pytest.mark.parametrize(
    "words, message",
    [
        (["--program", "/nowhere/resnet-bo"], "/nowhere/resnet-bo can't be started"),
        (["--program", PROGRAM, "--", "--epochs", "none"], "--epochs"),
        (["--storage", "nothing://x"], "nothing"),
        (["--storage", "sqlite:////nowhere/x/study.db"], "unable to open database file"),
        (["--search", "momentum"], "--search momentum: it must read"),
        (["--search", "momentum=0.9..0.1"], "0.9 must be below 0.1"),
        (["--search", "momentum=a..b"], "'a' is not a number"),
        (["--search", "momentum=log:1,2"], "two bounds"),
        (["--search", "momentum=log:0.0..1.0"], "log"),
        (["--seed", "-1"], "2^32"),
    ],
)
def test_bad_input(tmp_path: Path, words: list[str], message: str) -> None:
    ended = run(command(tmp_path, *words))
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith("optuna_resnet_bo: ") and message in line


def test_workers_of_other_settings_are_refused(tmp_path: Path) -> None:
    flags = ["--", "--epochs", "5", "--data", "here", "--threads=1"]
    assert run(command(tmp_path, *flags, evaluations=1)).returncode == 0
    # What belongs to the machine may differ.
    assert run(command(tmp_path, "--", "--cpu", "--epochs", "5", evaluations=1)).returncode == 0
    for other in [["--", "--epochs", "6"], ["--search", "learning-rate=0.1..0.2", *flags]]:
        ended = run(command(tmp_path, *other, evaluations=1))
        assert ended.returncode == 1
        assert "the workers of study s have another" in ended.stderr


@pytest.mark.parametrize(
    "text, name, distribution",
    [
        ("momentum=0.0..0.99", "momentum", FloatDistribution(0, 0.99)),
        ("weight-decay=log:1e-6..1e-2", "weight_decay", FloatDistribution(1e-6, 1e-2, log=True)),
        ("batch-size=128,32,64", "batch_size", CategoricalDistribution([32, 64, 128])),
        ("batch-size=log:16..256", "batch_size", IntDistribution(16, 256, log=True)),
    ],
)
def test_search(text: str, name: str, distribution: Any) -> None:
    assert read_search([text]) == {name: distribution}


def test_flags() -> None:
    assert flags({"learning_rate": 1e-05, "batch_size": 32}) == ["--learning-rate=1e-05", "--batch-size=32"]
