"""The optimisers that scripts/compare-optimizers compares, each as it comes.

A method is a function of a problem, a seed and a number of evaluations, which evaluates through `Evaluations` and yields
its own answer after each evaluation.
"""

import json
import subprocess
import warnings

import numpy as np


class Evaluations:
    """Evaluates a problem, and keeps what was evaluated. Noise depends on the seed and the number of the evaluation."""

    def __init__(self, problem, seed):
        self.problem, self.seed = problem, seed
        self.points, self.losses, self.variances = [], [], []

    def __call__(self, x):
        x = [float(v) for v in x]
        stream = np.random.RandomState([self.seed, 3, len(self.points)])
        loss, variance = self.problem.observe(x, stream, self.seed)
        self.points.append(x)
        self.losses.append(float(loss))
        self.variances.append(variance)
        return float(loss)

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
    return (np.log(bounds) if problem.log else bounds).T


def untransform(problem, x):
    low, high = np.array(problem.bounds).T
    return np.clip(np.exp(x) if problem.log else x, low, high)


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
            x = [trial.suggest_float(f"x{i}", *b, log=problem.log) for i, b in enumerate(problem.bounds)]
            study.tell(trial, evaluate(x))
            yield evaluate, list(study.best_params.values())
    return method


def botorch(problem, seed, count, initial=5):
    """SingleTaskGP as it comes; log EI, or noisy log EI where there is noise; five Sobol points first."""
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
            noisy = problem.noise > 0 or problem.table is not None
            acquisition = (
                qLogNoisyExpectedImprovement(model, points, prune_baseline=True) if noisy
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
    space = [Real(*b, prior="log-uniform" if problem.log else "uniform") for b in problem.bounds]
    evaluate = Evaluations(problem, seed)
    answers = []
    gp_minimize(
        evaluate, space, n_calls=count, n_initial_points=initial, initial_point_generator="sobol", acq_func="EI",
        random_state=seed, callback=lambda result: answers.append(list(result.x)))
    for answer in answers:
        yield evaluate, answer


class Program:
    """`resnet-bo suggest --lines`, for a space in a file."""

    def __init__(self, program, space_file, seed, extra=()):
        self.process = subprocess.Popen(
            [program, "suggest", "--space", space_file, "--lines", "--seed", str(seed), "--json", *extra],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def send(self, line):
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()

    def receive(self):
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def space_of(problem):
    return {"parameters": [
        {"name": f"x{i}", "type": "real", "lower": low, "upper": high, "scale": "log" if problem.log else "linear"}
        for i, (low, high) in enumerate(problem.bounds)]}


PEERS = {
    "BoTorch": botorch,
    "Optuna GPSampler": optuna_study("GPSampler"),
    "scikit-optimize": scikit_optimize,
    "Optuna TPE": optuna_study("TPESampler"),
    "random": random_search,
}
