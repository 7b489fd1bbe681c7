"""The Python environment of the scripts that run PyTorch, .build/pytorch, and how they measure a rate."""

import time

import python_environment
from python_environment import PROGRAM, ROOT, build_program  # noqa: F401

ENVIRONMENT = ROOT / ".build" / "pytorch"
PACKAGES = ["torch", "torchvision", "numpy", "safetensors", "pillow"]


def enter_environment() -> None:
    """Restarts the script in a Python that has PyTorch."""
    python_environment.enter_environment(ENVIRONMENT, ["PIL", "numpy", "safetensors", "torch", "torchvision"], PACKAGES)


def images_per_second(step, images: int, seconds: float) -> float:
    """Repeats a step after a warm-up."""
    for _ in range(3):
        step()
    done = 0
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        step()
        done += images
    return done / (time.perf_counter() - start)
