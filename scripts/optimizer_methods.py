"""The optimisers that scripts/compare-optimizers compares, each with its default settings unless it says otherwise.

A method makes an `Optimizer` for a problem and a seed: it is asked for points, told what they gave, and answers with the
point that it would take. Failed attempts are told in each method's own way.
"""

import json
import math
import os
import subprocess
import tempfile
import warnings
from pathlib import Path

import numpy as np

from optimizer_problems import Observation, Point, Problem

# The initial design of the methods that leave it to their user.
INITIAL = 5
# Attempts for each evaluation that counts, so that a comparison ends also where everything fails.
ATTEMPTS = 20


class Optimizer:
    """Asks, tells, and keeps what was evaluated; by default the answer is the best observed point."""

    def __init__(self, problem: Problem, seed: int):
        self.problem, self.seed = problem, seed
        self.points: list[Point] = []
        self.observations: list[Observation] = []

    def ask(self, count: int) -> list[Point]:
        raise NotImplementedError

    def tell(self, points: list[Point], observations: list[Observation]) -> None:
        self.points += points
        self.observations += observations

    def answer(self) -> Point | None:
        return self.best_observed()

    def close(self) -> None:
        pass

    @property
    def losses(self) -> list[float]:
        """The losses, infinite where an attempt failed."""
        return [math.inf if o.loss is None else o.loss for o in self.observations]

    def best_observed(self) -> Point | None:
        losses = self.losses
        return self.points[int(np.argmin(losses))] if losses and min(losses) < math.inf else None


def trace(make, problem: Problem, seed: int, count: int) -> tuple[list[float], list[float]] | None:
    """The regrets of the answer and of the best observed point after each evaluation; None if the method has no way.

    Within a batch they stay what they were before it, for nothing is told until its end.
    """
    optimizer = make(problem, seed)
    if optimizer is None:
        return None
    answers: list[float] = []
    observed: list[float] = []
    attempts = 0
    try:
        while len(answers) < count and attempts < ATTEMPTS * count:
            points = optimizer.ask(min(problem.batch, count - len(answers)))
            observations = [problem.observe(x, seed, attempts + index) for index, x in enumerate(points)]
            attempts += len(points)
            optimizer.tell(points, observations)
            counted = len(points)
            if problem.failure_rate > 0:
                counted = sum(observation.loss is not None for observation in observations)
            if counted > 0:
                for regrets, x in ((answers, optimizer.answer()), (observed, optimizer.best_observed())):
                    before = regrets[-1] if regrets else math.inf
                    regrets += [before] * (counted - 1) + [problem.regret(x)]
    finally:
        optimizer.close()
    return answers, observed


class RandomSearch(Optimizer):
    def __init__(self, problem, seed):
        super().__init__(problem, seed)
        self.stream = np.random.RandomState([seed, 4])

    def ask(self, count):
        return [self.problem.at(self.stream.uniform(*self.problem.axes())) for _ in range(count)]


class Conversation(Optimizer):
    """`resnet-bo suggest --lines`."""

    def __init__(self, program, problem, seed, flags=()):
        super().__init__(problem, seed)
        self.file = tempfile.NamedTemporaryFile("w", suffix=".json")
        json.dump(space_of(problem), self.file)
        self.file.flush()
        self.process = subprocess.Popen(
            [program, "suggest", "--space", self.file.name, "--lines", "--seed", str(seed), *flags],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.asked: dict | None = None

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.file.close()

    def ask(self, count):
        self.request(count)
        points = [point_of(self.problem, entry) for entry in self.asked["next"][:count]]
        self.asked = None
        return points

    def tell(self, points, observations):
        super().tell(points, observations)
        entries = [entry_of(self.problem, x, observation) for x, observation in zip(points, observations)]
        self.process.stdin.write(json.dumps({"tell": entries}) + "\n")

    def answer(self):
        # The recommendation comes with the next points, which the next call of `ask` takes.
        self.request(self.problem.batch)
        best = self.asked["best"]
        return best and point_of(self.problem, best)

    @property
    def stops(self) -> bool:
        """Whether another evaluation is not worth its cost; after `answer`."""
        return self.asked["stop"]

    def request(self, count: int) -> None:
        if self.asked is None:
            self.process.stdin.write(json.dumps({"ask": count}) + "\n")
            self.process.stdin.flush()
            self.asked = json.loads(self.process.stdout.readline())
            if "error" in self.asked:
                raise RuntimeError(self.asked["error"])


class StudyOfFolds(Optimizer):
    """The method of `optimize --preset robust`: noise estimated from the folds after every trial; diverged trials fail."""

    def __init__(self, program, problem, seed, flags=()):
        super().__init__(problem, seed)
        self.program, self.flags = program, flags
        self.folder = tempfile.TemporaryDirectory()
        self.space = Path(self.folder.name) / "space.json"
        self.space.write_text(json.dumps(space_of(problem)))
        self.asked: dict | None = None

    def close(self):
        self.folder.cleanup()

    def ask(self, count):
        if not self.points and self.problem.initial:
            return [list(self.problem.initial)]
        return [point_of(self.problem, entry) for entry in self.suggestion()["next"][:count]]

    def tell(self, points, observations):
        super().tell(points, observations)
        self.asked = None

    def answer(self):
        best = self.suggestion()["best"]
        return point_of(self.problem, best) if best else self.best_observed()

    @property
    def stops(self) -> bool:
        return self.suggestion()["stop"]

    def suggestion(self) -> dict:
        if self.asked is None:
            variances = iter(fold_noise([o.folds for o in self.observations if not o.is_diverged]))
            entries = []
            for x, observation in zip(self.points, self.observations):
                entry = entry_of(self.problem, x, observation)
                entries.append(entry if observation.is_diverged else entry | {"variance": next(variances)})
            file = Path(self.folder.name) / "observations.json"
            file.write_text(json.dumps(entries))
            self.asked = suggest(
                self.program, "--space", self.space, "--observations", file, "--seed", self.seed,
                "--count", self.problem.batch, *self.flags)
        return self.asked


def space_of(problem: Problem) -> dict:
    entries = []
    for parameter in problem.parameters:
        entry = {"name": parameter.name, "type": parameter.kind}
        if parameter.kind == "categorical":
            entry["choices"] = list(parameter.choices)
        else:
            entry |= {
                "lower": parameter.lower, "upper": parameter.upper,
                "scale": "log" if parameter.is_logarithmic else "linear"}
        entries.append(entry)
    return {"parameters": entries}


def point_of(problem: Problem, entry: dict) -> Point:
    return [entry["parameters"][parameter.name] for parameter in problem.parameters]


def entry_of(problem: Problem, x: Point, observation: Observation) -> dict:
    entry = {"parameters": dict(zip((parameter.name for parameter in problem.parameters), x))}
    return entry | ({"state": "failed"} if observation.is_diverged else {"loss": observation.loss})


def suggest(program, *flags) -> dict:
    """One answer of `resnet-bo suggest`."""
    return json.loads(subprocess.run(
        [program, "suggest", "--json", *map(str, flags)], check=True, stdout=subprocess.PIPE, text=True).stdout)


def robust(program, problem, seed, flags=()):
    kind = StudyOfFolds if problem.table is not None else Conversation
    return kind(program, problem, seed, flags)


def fold_noise(losses, pooling=8):
    """The variance of each trial's mean without fold effects: Sources/Studies/FoldNoise.swift."""
    if not losses:
        return []
    losses = np.array(losses)
    trials, folds = losses.shape
    residuals = losses - losses.mean(1, keepdims=True)
    if trials > 1:
        residuals = residuals - residuals.mean(0)
        own = (residuals**2).sum(1) / ((folds - 1) * (1 - 1 / trials))
    else:
        own = 0.5 * (residuals**2).sum(1) / (folds - 1)
    return ((pooling * own.mean() + (folds - 1) * own) / (pooling + folds - 1) / folds).tolist()


class Reference(Optimizer):
    """The preset with the method of the original program: one linear axis; the answer is the best sample."""

    def __init__(self, program, problem, seed):
        super().__init__(problem, seed)
        self.program = program
        (parameter,) = problem.parameters
        self.low, self.high = parameter.lower, parameter.upper
        # Learning rates must be positive, so a linear axis may need a shift.
        self.shift = max(0.0, 1 - self.low) if self.low <= 0 else 0.0

    def ask(self, count):
        if not self.points:
            first = self.problem.initial or [np.random.RandomState([self.seed, 4]).uniform(self.low, self.high)]
            return [[float(first[0])]]
        entries = [{"learning_rate": x[0] + self.shift, "loss": loss} for x, loss in zip(self.points, self.losses)]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(entries, file)
            file.flush()
            answer = suggest(
                self.program, "--preset", "reference", "--observations", file.name, "--seed", self.seed, "--grid", 2,
                "--lower", self.low + self.shift, "--upper", self.high + self.shift)
        return [[float(np.clip(answer["next"]["learning_rate"] - self.shift, self.low, self.high))]]


def reference(program, problem, seed):
    is_its_own = len(problem.parameters) == 1 and problem.is_real and not problem.has_failures and problem.batch == 1
    return Reference(program, problem, seed) if is_its_own else None
