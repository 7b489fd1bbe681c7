"""PyTorch's schedulers as `--schedule` and `--warm-up` use them, for the scripts in this folder. Needs the PyPI package torch."""

import warnings
from collections.abc import Callable

import torch
from torch.optim import lr_scheduler as schedulers

# PyTorch 2.15's SequentialLR calls its schedulers in a way of which they warn.
warnings.filterwarnings("ignore", module="torch.optim.lr_scheduler")


def scheduler(kind: str, warm_up: int, steps: int) -> Callable[[torch.optim.Optimizer], schedulers.LRScheduler]:
    """The scheduler of `--schedule` with a warm-up of some steps, to be stepped after every gradient step."""

    def make(optimizer: torch.optim.Optimizer) -> schedulers.LRScheduler:
        left = steps - warm_up
        main = {
            "constant": lambda: schedulers.ConstantLR(optimizer, factor=1.0),
            "step": lambda: schedulers.MultiStepLR(optimizer, [left // 2, 3 * left // 4], gamma=0.1),
            "cosine": lambda: schedulers.CosineAnnealingLR(optimizer, T_max=left),
        }
        if warm_up == 0:
            return main[kind]()
        first = schedulers.LinearLR(optimizer, start_factor=0.01, total_iters=warm_up)
        return schedulers.SequentialLR(optimizer, [first, main[kind]()], milestones=[warm_up])

    return make
