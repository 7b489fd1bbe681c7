"""The other optimisers of scripts/compare-optimizers. Their packages are imported when they run.

Each has the default settings of its package unless it says otherwise, and its own way with failed attempts:

BoTorch            a second model of success, as an outcome constraint of log EI
Optuna             failed trials, which its samplers leave out
scikit-optimize    the worst loss so far, at every failed point
SMAC3              its own status for crashes, with the worst loss so far as their cost
HEBO               as scikit-optimize

and with batches: fantasies of the points before (BoTorch's sequential greedy optimisation), running trials (Optuna),
liars (scikit-optimize), several points of one suggestion (HEBO), several trials asked for (SMAC3).

HEBO 0.3.6 requires NumPy below 1.25, which BoTorch does not run with, so it has an environment of its own.
"""

import math
import tempfile
import warnings
from functools import partial
from pathlib import Path

import numpy as np

from optimizer_methods import INITIAL, Optimizer, RandomSearch


class OptunaStudy(Optimizer):
    def __init__(self, sampler_name, problem, seed):
        import optuna
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        warnings.simplefilter("ignore")
        super().__init__(problem, seed)
        # Running trials count for GPSampler as they are; TPE has an option for them.
        options = {"constant_liar": True} if sampler_name == "TPESampler" and problem.batch > 1 else {}
        self.study = optuna.create_study(sampler=getattr(optuna.samplers, sampler_name)(seed=seed, **options))
        self.failed = optuna.trial.TrialState.FAIL
        self.trials = []

    def ask(self, count):
        points = []
        for _ in range(count):
            trial = self.study.ask()
            points.append([self.suggestion(trial, parameter) for parameter in self.problem.parameters])
            self.trials.append(trial)
        return points

    @staticmethod
    def suggestion(trial, parameter):
        if parameter.kind == "categorical":
            return trial.suggest_categorical(parameter.name, list(parameter.choices))
        suggest = trial.suggest_float if parameter.kind == "real" else trial.suggest_int
        return suggest(parameter.name, parameter.lower, parameter.upper, log=parameter.is_logarithmic)

    def tell(self, points, observations):
        super().tell(points, observations)
        for trial, observation in zip(self.trials, observations):
            if observation.loss is None:
                self.study.tell(trial, state=self.failed)
            else:
                self.study.tell(trial, observation.loss)
        self.trials = []


class BoTorch(Optimizer):
    """SingleTaskGP with its default settings; log EI, or noisy log EI with noise; five Sobol points first.

    Its models see categories one-hot, and the acquisition is optimised for every choice. (MixedSingleTaskGP takes two
    minutes a run.) Integers are rounded before they are evaluated. With failures a second model, of 1 for a success and 0
    for a failure, must be above one half. With failures, batches or choices the acquisition is optimised from 4 of 128
    samples, not from 10 of 512: half a minute for a run, not two.
    """

    def __init__(self, problem, seed):
        import torch
        torch.set_num_threads(1)
        warnings.simplefilter("ignore")
        super().__init__(problem, seed)
        torch.manual_seed(seed)
        self.dimension = len(problem.parameters)
        self.low, self.high = (torch.tensor(ends, dtype=torch.double) for ends in problem.axes())
        self.sobol = torch.quasirandom.SobolEngine(self.dimension, scramble=True, seed=seed)
        self.initial = INITIAL if problem.batch == 1 else problem.batch
        self.cube = torch.stack([torch.zeros(self.dimension), torch.ones(self.dimension)]).double()
        self.unit = []
        self.effort = {"num_restarts": 10, "raw_samples": 512}
        if problem.has_failures or problem.batch > 1 or not problem.is_real:
            self.effort = {"num_restarts": 4, "raw_samples": 128}
        self.categories = [i for i, parameter in enumerate(problem.parameters) if parameter.kind == "categorical"]

    def ask(self, count):
        succeeded = [loss < math.inf for loss in self.losses]
        if len(self.points) < self.initial or sum(succeeded) < 2:
            found = self.sobol.draw(count).double()
            return [self.evaluated(x) for x in found]
        return [self.evaluated(x) for x in self.optimized(count, succeeded)]

    def evaluated(self, x):
        """The point at a place of the cube, which the models see where it is evaluated: integers rounded."""
        import torch
        x = x.detach().clone()
        values = self.problem.at((self.low + (self.high - self.low) * x).numpy())
        for index, (parameter, value) in enumerate(zip(self.problem.parameters, values)):
            if parameter.kind == "integer":
                x[index] = parameter.unit(value)
        self.unit.append(x)
        return values

    def optimized(self, count, succeeded):
        import torch
        from botorch.acquisition.analytic import LogConstrainedExpectedImprovement, LogExpectedImprovement
        from botorch.acquisition.logei import qLogExpectedImprovement, qLogNoisyExpectedImprovement
        from botorch.acquisition.objective import GenericMCObjective
        from botorch.models import ModelListGP
        from botorch.optim import optimize_acqf, optimize_acqf_mixed
        points = self.coded(torch.stack(self.unit))
        learned = points[torch.tensor(succeeded)]
        losses = -torch.tensor([loss for loss in self.losses if loss < math.inf], dtype=torch.double).unsqueeze(-1)
        model = self.fitted(learned, losses)
        is_constrained = not all(succeeded)
        if is_constrained:
            success = torch.tensor(succeeded, dtype=torch.double).unsqueeze(-1)
            model = ModelListGP(model, self.fitted(points, success))
        if self.problem.is_noisy or count > 1:
            constrained = {
                "objective": GenericMCObjective(lambda samples, X=None: samples[..., 0]),
                "constraints": [lambda samples: 0.5 - samples[..., 1]]} if is_constrained else {}
            if self.problem.is_noisy:
                acquisition = qLogNoisyExpectedImprovement(model, learned, prune_baseline=True, **constrained)
            else:
                acquisition = qLogExpectedImprovement(model, losses.max(), **constrained)
        elif is_constrained:
            acquisition = LogConstrainedExpectedImprovement(model, losses.max(), 0, {1: (0.5, None)})
        else:
            acquisition = LogExpectedImprovement(model, losses.max())
        if not self.categories:
            return optimize_acqf(acquisition, self.cube, q=count, sequential=count > 1, **self.effort)[0]
        (category,) = self.categories
        number = len(self.problem.parameters[category].choices)
        cube = torch.stack([torch.zeros(points.shape[1]), torch.ones(points.shape[1])]).double()
        choices = [
            {category + column: float(column == choice) for column in range(number)} for choice in range(number)]
        found = optimize_acqf_mixed(acquisition, cube, q=count, fixed_features_list=choices, **self.effort)[0]
        choice = found[:, category:category + number].argmax(1, keepdim=True)
        return torch.cat([found[:, :category], (choice + 0.5) / number, found[:, category + number:]], 1)

    def coded(self, points):
        """The points as the models see them: categories one-hot."""
        import torch
        for category in self.categories:
            number = len(self.problem.parameters[category].choices)
            choice = (points[:, category] * number).floor().clamp(0, number - 1).long()
            one_hot = torch.nn.functional.one_hot(choice, number).double()
            points = torch.cat([points[:, :category], one_hot, points[:, category + 1:]], 1)
        return points

    def fitted(self, points, values):
        from botorch.fit import fit_gpytorch_mll
        from botorch.models import SingleTaskGP
        from botorch.models.transforms import Standardize
        from gpytorch.mlls import ExactMarginalLogLikelihood
        model = SingleTaskGP(points, values, outcome_transform=Standardize(1))
        fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
        return model


class ScikitOptimize(Optimizer):
    """The optimiser of gp_minimize with expected improvement; five Sobol points first."""

    def __init__(self, problem, seed):
        from skopt import Optimizer as Minimizer
        from skopt.space import Categorical, Integer, Real
        from skopt.utils import cook_estimator, normalize_dimensions
        warnings.simplefilter("ignore")
        super().__init__(problem, seed)
        space = []
        for parameter in problem.parameters:
            if parameter.kind == "categorical":
                space.append(Categorical(list(parameter.choices)))
            else:
                kind = Real if parameter.kind == "real" else Integer
                prior = "log-uniform" if parameter.is_logarithmic else "uniform"
                space.append(kind(parameter.lower, parameter.upper, prior=prior))
        # As gp_minimize does it, which has no way to ask and tell.
        stream = np.random.RandomState(seed)
        space = normalize_dimensions(space)
        estimator = cook_estimator(
            "GP", space=space, random_state=stream.randint(0, np.iinfo(np.int32).max), noise="gaussian")
        self.minimizer = Minimizer(
            space, estimator, n_initial_points=INITIAL, initial_point_generator="sobol", n_jobs=1, acq_func="EI",
            acq_optimizer="auto", random_state=stream,
            acq_optimizer_kwargs={"n_points": 10_000, "n_restarts_optimizer": 5, "n_jobs": 1},
            acq_func_kwargs={"xi": 0.01, "kappa": 1.96})

    def ask(self, count):
        return [self.minimizer.ask()] if count == 1 else self.minimizer.ask(count, strategy="cl_min")

    def tell(self, points, observations):
        known = len(self.points)
        super().tell(points, observations)
        losses = penalized(self.losses)
        # The penalty of earlier failures follows the worst loss.
        self.minimizer.yi[:] = losses[:known]
        if len(points) == 1:
            self.minimizer.tell(points[0], losses[-1])
        else:
            self.minimizer.tell(points, losses[known:])


def penalized(losses):
    """The losses, with the worst one where an attempt failed; 0 before the first success."""
    worst = max((loss for loss in losses if loss < math.inf), default=0.0)
    return [min(loss, worst) for loss in losses]


class SMAC(Optimizer):
    """The facade for expensive functions (BlackBoxFacade, a Gaussian process). Where there is noise it may repeat points.

    Its fit starts 3 times and its acquisition is maximised from 5 places, not 10 each: half a minute less for a run.
    """

    def __init__(self, problem, seed):
        import logging

        from ConfigSpace import Categorical, ConfigurationSpace, Float, Integer
        from smac import BlackBoxFacade, Scenario
        from smac.model.gaussian_process import GaussianProcess
        warnings.simplefilter("ignore")
        super().__init__(problem, seed)
        space = ConfigurationSpace(seed=seed)
        for parameter in problem.parameters:
            if parameter.kind == "categorical":
                space.add(Categorical(parameter.name, list(parameter.choices)))
            else:
                kind = Float if parameter.kind == "real" else Integer
                space.add(kind(parameter.name, (parameter.lower, parameter.upper), log=parameter.is_logarithmic))
        self.folder = tempfile.TemporaryDirectory()
        scenario = Scenario(
            space, deterministic=not problem.is_noisy, n_trials=10_000, seed=seed, output_directory=Path(self.folder.name))
        # By default its initial design is a quarter of the trials that are planned, which would be 7 of 30.
        design = BlackBoxFacade.get_initial_design(scenario, n_configs=7)
        model = GaussianProcess(
            space, BlackBoxFacade.get_kernel(scenario), n_restarts=3, normalize_y=True, seed=scenario.seed)
        maximizer = BlackBoxFacade.get_acquisition_maximizer(scenario, local_search_iterations=5)
        self.smac = BlackBoxFacade(
            scenario, lambda config, seed=0: 0.0, model=model, acquisition_maximizer=maximizer, initial_design=design,
            overwrite=True, logging_level=logging.CRITICAL)
        self.infos = []
        self.untold = []

    def close(self):
        self.folder.cleanup()

    def ask(self, count):
        self.infos = [self.smac.ask() for _ in range(count)]
        return [[dict(info.config)[parameter.name] for parameter in self.problem.parameters] for info in self.infos]

    def tell(self, points, observations):
        from smac.runhistory import StatusType, TrialValue
        super().tell(points, observations)
        # A crash needs a finite cost, for its process refuses an infinite one. The worst loss is known after a success.
        self.untold += zip(self.infos, observations)
        known = [loss for loss in self.losses if loss < math.inf]
        if not known:
            return
        for info, observation in self.untold:
            if observation.loss is None:
                self.smac.tell(info, TrialValue(cost=max(known), status=StatusType.CRASHED))
            else:
                self.smac.tell(info, TrialValue(cost=observation.loss))
        self.untold = []

    def answer(self):
        incumbent = self.smac.intensifier.get_incumbent()
        if incumbent is None:
            return self.best_observed()
        return [dict(incumbent)[parameter.name] for parameter in self.problem.parameters]


class Hebo(Optimizer):
    """Its evolution has 40 points and 30 generations, not 100 of each, which take nine tenths of three minutes a run."""

    def __init__(self, problem, seed):
        import hebo.optimizers.hebo as module
        import torch
        from hebo.acq_optimizers.evolution_optimizer import EvolutionOpt
        from hebo.design_space.design_space import DesignSpace
        from hebo.optimizers.hebo import HEBO
        module.EvolutionOpt = lambda *arguments, **options: EvolutionOpt(*arguments, **options | {"pop": 40, "iters": 30})
        torch.set_num_threads(1)
        warnings.simplefilter("ignore")
        super().__init__(problem, seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
        entries = []
        for parameter in problem.parameters:
            if parameter.kind == "categorical":
                entries.append({"name": parameter.name, "type": "cat", "categories": list(parameter.choices)})
            else:
                kind = {("real", False): "num", ("real", True): "pow", ("integer", False): "int",
                        ("integer", True): "pow_int"}[parameter.kind, parameter.is_logarithmic]
                entries.append({"name": parameter.name, "type": kind, "lb": parameter.lower, "ub": parameter.upper})
        self.hebo = HEBO(DesignSpace().parse(entries), scramble_seed=seed)
        self.asked = None

    def ask(self, count):
        self.asked = self.hebo.suggest(n_suggestions=count)
        return [
            [row[p.name] if p.kind == "categorical" else int(row[p.name]) if p.kind == "integer" else float(row[p.name])
             for p in self.problem.parameters]
            for _, row in self.asked.iterrows()]

    def tell(self, points, observations):
        known = len(self.points)
        super().tell(points, observations)
        losses = np.array(penalized(self.losses))[:, None]
        # The penalty of earlier failures follows the worst loss.
        self.hebo.y = losses[:known]
        self.hebo.observe(self.asked, losses[known:])


PEERS = {
    "BoTorch": BoTorch,
    "Optuna GPSampler": partial(OptunaStudy, "GPSampler"),
    "Optuna TPE": partial(OptunaStudy, "TPESampler"),
    "scikit-optimize": ScikitOptimize,
    "SMAC3": SMAC,
    "HEBO": Hebo,
    "random": RandomSearch,
}
