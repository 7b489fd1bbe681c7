"""`resnet-bo cross-validate --events` as an iterator of its lines."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

from optuna_resnet_bo.program import ProgramError


class Training:
    """One run of the program, which trains one trial."""

    def __init__(self, command: Sequence[str]) -> None:
        """Starts the program; raises `ProgramError` if that is not possible."""
        self._errors = tempfile.TemporaryFile(mode="w+")
        self._name = command[0]
        try:
            self._process = subprocess.Popen(
                [*command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._errors, text=True)
        except OSError as error:
            raise ProgramError(f"{command[0]} can't be started: {error.strerror}") from None

    def terminate(self) -> None:
        """Ends the program in good order; nothing happens if it has ended."""
        self._process.terminate()

    def lines(self) -> Iterator[dict[str, Any]]:
        """The lines as they come: of epochs, and then the result.

        Raises `ProgramError` if the program ends without a result.
        """
        line: dict[str, Any] = {}
        assert self._process.stdout is not None
        for text in self._process.stdout:
            # Only a program that was killed leaves half a line.
            if text.endswith("\n"):
                line = json.loads(text)
                yield line
        code = self._process.wait()
        # A loss that is not finite is an error of the program, and a result all the same.
        if "results" not in line:
            raise ProgramError(self._message(code))

    def close(self) -> None:
        """Ends the program, and waits for that."""
        self._process.terminate()
        assert self._process.stdout is not None
        self._process.stdout.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()

    def _message(self, code: int) -> str:
        self._errors.seek(0)
        words = [line for line in self._errors.read().splitlines() if line.startswith("resnet-bo: ")]
        return words[-1] if words else f"{self._name} ended with {code}, without a result"
