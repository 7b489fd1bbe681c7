"""The optimiser of resnet-bo for Optuna.

`ResnetBoSampler` proposes the points of any study. `python -m optuna_resnet_bo worker` trains the trials of a study, on
as many machines as there are workers.
"""

from optuna_resnet_bo.program import ProgramError
from optuna_resnet_bo.sampler import ResnetBoSampler

__all__ = ["ProgramError", "ResnetBoSampler"]
