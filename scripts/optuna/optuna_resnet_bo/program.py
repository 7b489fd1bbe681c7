"""`resnet-bo suggest` as a function."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from typing import Any

from optuna_resnet_bo.history import History
from optuna_resnet_bo.space import Space, Value

LARGEST_COUNT = 1000
"""The most points that `resnet-bo suggest` gives at once."""


class ProgramError(RuntimeError):
    """resnet-bo could not be started, or refused what it was given; the text is its message."""


def suggest(
    program: str, space: Space, history: History, *, count: int, seed: int, flags: Sequence[str] = ()
) -> list[dict[str, Value]]:
    """The next points to evaluate, as many as asked for but at most `LARGEST_COUNT`."""
    # The file has no name, so nothing is left of it if the process is killed.
    with tempfile.TemporaryFile() as file:
        file.write(json.dumps(space.description).encode())
        file.flush()
        file.seek(0)
        command = [
            program, "suggest", "--space", f"/dev/fd/{file.fileno()}", "--lines", "--seed", str(seed), "--stop", "never",
            "--outside", "accept", *flags,
        ]
        lines = [{"tell": history.observations}] if history.observations else []
        conversation = [*lines, {"ask": min(count, LARGEST_COUNT)}]
        text = "".join(json.dumps(line, allow_nan=False) + "\n" for line in conversation)
        try:
            ended = subprocess.run(command, input=text, capture_output=True, text=True, pass_fds=[file.fileno()])
        except OSError as error:
            raise ProgramError(f"{program} can't be started: {error.strerror}") from None
    if ended.returncode != 0:
        raise ProgramError(ended.stderr.strip() or f"{program} ended with {ended.returncode}")
    return _points(program, ended.stdout)


def _points(program: str, output: str) -> list[dict[str, Value]]:
    """The points in the last line of a conversation, in which only errors come before it."""
    answers: list[dict[str, Any]] = [json.loads(line) for line in output.splitlines()]
    for answer in answers:
        if "error" in answer:
            raise ProgramError(f"{program}: {answer['error']}")
    return [one["parameters"] for one in answers[-1]["next"]]
