"""The optimisers that scripts/compare-optimizers compares, each with its default settings.

A method is a function of a problem, a seed and a number of evaluations, which evaluates through `Evaluations` and yields
its own answer after each evaluation.
"""

import json
import subprocess
import tempfile
import warnings
from pathlib import Path

import numpy as np


class Evaluations:
    """Evaluates a problem and records the evaluations. Noise depends on the seed and the number of the evaluation."""

    def __init__(self, problem, seed):
        self.problem, self.seed = problem, seed
        self.points, self.losses, self.observations = [], [], []

    def __call__(self, x):
        x = [float(v) for v in x]
        stream = np.random.RandomState([self.seed, 3, len(self.points)])
        observation = self.problem.observe(x, stream, self.seed)
        self.points.append(x)
        self.observations.append(observation)
        self.losses.append(float(observation.loss))
        return self.losses[-1]

    def best_observed(self):
        return self.points[int(np.argmin(self.losses))]


def random_search(problem, seed, count):
    evaluate = Evaluations(problem, seed)
    stream = np.random.RandomState([seed, 4])
    low, high = transformed_bounds(problem)
    for _ in range(count):
        evaluate(untransform(problem, stream.uniform(low, high)))
        yield evaluate, evaluate.best_observed()


def transformed_bounds(problem):
    """The bounds on the axis that a method works on: logarithms for a problem whose scale is logarithmic."""
    bounds = np.array(problem.bounds)
    return (np.log(bounds) if problem.is_logarithmic else bounds).T


def untransform(problem, x):
    low, high = np.array(problem.bounds).T
    return np.clip(np.exp(x) if problem.is_logarithmic else x, low, high)


def optuna_study(sampler_name):
    def method(problem, seed, count):
        import optuna
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        warnings.simplefilter("ignore")
        sampler = getattr(optuna.samplers, sampler_name)(seed=seed)
        study = optuna.create_study(sampler=sampler)
        evaluate = Evaluations(problem, seed)
        for _ in range(count):
            trial = study.ask()
            x = [trial.suggest_float(f"x{i}", *b, log=problem.is_logarithmic) for i, b in enumerate(problem.bounds)]
            study.tell(trial, evaluate(x))
            yield evaluate, list(study.best_params.values())
    return method


def botorch(problem, seed, count, initial=5):
    """SingleTaskGP with its default settings; log EI, or noisy log EI with noise; five Sobol points first."""
    import torch
    torch.set_num_threads(1)
    from botorch.acquisition import LogExpectedImprovement
    from botorch.acquisition.logei import qLogNoisyExpectedImprovement
    from botorch.fit import fit_gpytorch_mll
    from botorch.models import SingleTaskGP
    from botorch.models.transforms import Normalize, Standardize
    from botorch.optim import optimize_acqf
    from gpytorch.mlls import ExactMarginalLogLikelihood
    warnings.simplefilter("ignore")
    torch.manual_seed(seed)
    low, high = (torch.tensor(b, dtype=torch.double) for b in transformed_bounds(problem))
    dimension = len(low)
    sobol = torch.quasirandom.SobolEngine(dimension, scramble=True, seed=seed).draw(initial).double()
    evaluate = Evaluations(problem, seed)
    unit = []
    for index in range(count):
        if index < initial:
            x = sobol[index]
        else:
            points = torch.stack(unit)
            losses = -torch.tensor(evaluate.losses, dtype=torch.double).unsqueeze(-1)
            model = SingleTaskGP(points, losses, outcome_transform=Standardize(1))
            fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
            acquisition = (
                qLogNoisyExpectedImprovement(model, points, prune_baseline=True) if problem.is_noisy
                else LogExpectedImprovement(model, losses.max()))
            unit_cube = torch.stack([torch.zeros(dimension), torch.ones(dimension)]).double()
            x = optimize_acqf(acquisition, unit_cube, q=1, num_restarts=10, raw_samples=512)[0][0]
        unit.append(x.detach())
        evaluate(untransform(problem, (low + (high - low) * x.detach()).numpy()))
        yield evaluate, evaluate.best_observed()


def scikit_optimize(problem, seed, count, initial=5):
    """gp_minimize with expected improvement; five Sobol points first."""
    from skopt import gp_minimize
    from skopt.space import Real
    warnings.simplefilter("ignore")
    space = [Real(*b, prior="log-uniform" if problem.is_logarithmic else "uniform") for b in problem.bounds]
    evaluate = Evaluations(problem, seed)
    answers = []
    gp_minimize(
        evaluate, space, n_calls=count, n_initial_points=initial, initial_point_generator="sobol", acq_func="EI",
        random_state=seed, callback=lambda result: answers.append(list(result.x)))
    for answer in answers:
        yield evaluate, answer


class Conversation:
    """`resnet-bo suggest --lines`, for the space of a problem."""

    def __init__(self, program, problem, seed):
        self.names = [f"x{index}" for index in range(len(problem.bounds))]
        self.file = tempfile.NamedTemporaryFile("w", suffix=".json")
        json.dump(space_of(problem), self.file)
        self.file.flush()
        self.process = subprocess.Popen(
            [program, "suggest", "--space", self.file.name, "--lines", "--seed", str(seed)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.file.close()

    def ask(self):
        """The next point, and the recommendation before it."""
        self.process.stdin.write('{"ask":1}\n')
        self.process.stdin.flush()
        return self.read(json.loads(self.process.stdout.readline()))

    def read(self, answer):
        if "error" in answer:
            raise RuntimeError(answer["error"])
        best = answer["best"]
        return self.point(answer["next"][0]), best and self.point(best)

    def point(self, entry):
        return [entry["parameters"][name] for name in self.names]

    def tell(self, x, loss):
        entry = {"parameters": dict(zip(self.names, x)), "loss": loss}
        self.process.stdin.write(json.dumps({"tell": [entry]}) + "\n")


def space_of(problem):
    scale = "log" if problem.is_logarithmic else "linear"
    return {"parameters": [
        {"name": f"x{index}", "type": "real", "lower": low, "upper": high, "scale": scale}
        for index, (low, high) in enumerate(problem.bounds)]}


def suggest(program, *flags):
    """One answer of `resnet-bo suggest`."""
    return json.loads(subprocess.run(
        [program, "suggest", "--json", *map(str, flags)], check=True, stdout=subprocess.PIPE, text=True).stdout)


def robust(program):
    def method(problem, seed, count):
        if problem.table is not None:
            yield from robust_with_folds(program, problem, seed, count)
            return
        evaluate = Evaluations(problem, seed)
        with Conversation(program, problem, seed) as conversation:
            x, _ = conversation.ask()
            for _ in range(count):
                conversation.tell(x, evaluate(x))
                x, best = conversation.ask()
                yield evaluate, best
    return method


def robust_with_folds(program, problem, seed, count):
    """The method of `optimize --preset robust`: noise estimated from the folds after every trial; diverged trials fail."""
    evaluate = Evaluations(problem, seed)
    reader = Conversation.__new__(Conversation)
    reader.names = ["x0"]
    with tempfile.TemporaryDirectory() as folder:
        space, observations = Path(folder) / "space.json", Path(folder) / "observations.json"
        space.write_text(json.dumps(space_of(problem)))
        x = list(problem.initial)
        for _ in range(count):
            evaluate(x)
            variances = iter(fold_noise([o.folds for o in evaluate.observations if not o.is_diverged]))
            entries = []
            for point, observation in zip(evaluate.points, evaluate.observations):
                entry = {"parameters": {"x0": point[0]}}
                entries.append(entry | (
                    {"state": "failed"} if observation.is_diverged
                    else {"loss": observation.loss, "variance": next(variances)}))
            observations.write_text(json.dumps(entries))
            x, best = reader.read(suggest(
                program, "--space", space, "--observations", observations, "--seed", seed))
            yield evaluate, best or evaluate.best_observed()


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


def reference(program):
    """The preset with the method of the original program: one linear axis; the answer is the best sample."""
    def method(problem, seed, count):
        if len(problem.bounds) > 1:
            return
        evaluate = Evaluations(problem, seed)
        (low, high), = problem.bounds
        # Learning rates must be positive, so a linear axis may need a shift.
        shift = max(0.0, 1 - low) if low <= 0 else 0.0
        first = problem.initial or [np.random.RandomState([seed, 4]).uniform(low, high)]
        x = float(first[0])
        with tempfile.TemporaryDirectory() as folder:
            observations = Path(folder) / "observations.json"
            for _ in range(count):
                evaluate([x])
                entries = [
                    {"learning_rate": point[0] + shift, "loss": loss}
                    for point, loss in zip(evaluate.points, evaluate.losses)]
                observations.write_text(json.dumps(entries))
                answer = suggest(
                    program, "--preset", "reference", "--observations", observations, "--seed", seed, "--grid", 2,
                    "--lower", low + shift, "--upper", high + shift)
                x = float(np.clip(answer["next"]["learning_rate"] - shift, low, high))
                yield evaluate, evaluate.best_observed()
    return method


PEERS = {
    "BoTorch": botorch,
    "Optuna GPSampler": optuna_study("GPSampler"),
    "scikit-optimize": scikit_optimize,
    "Optuna TPE": optuna_study("TPESampler"),
    "random": random_search,
}
