"""The Python environment of the scripts that run PyTorch: .build/pytorch."""

import python_environment
from python_environment import PROGRAM, ROOT, build_program  # noqa: F401

ENVIRONMENT = ROOT / ".build" / "pytorch"
PACKAGES = ["torch", "torchvision", "numpy", "safetensors", "pillow"]


def enter_environment() -> None:
    """Restarts the script in a Python that has PyTorch."""
    python_environment.enter_environment(ENVIRONMENT, ["PIL", "numpy", "safetensors", "torch", "torchvision"], PACKAGES)
