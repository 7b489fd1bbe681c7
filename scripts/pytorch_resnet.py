"""The original program's network in PyTorch, its initial weights, and Fashion-MNIST, for the scripts in this folder.

Needs the PyPI packages torch and numpy.
"""

import gzip
import math
from pathlib import Path

import numpy as np
import torch
from torch import nn


class IdentityBlock(nn.Module):
    """relu(bn2(conv2(relu(bn1(conv1(x))))) + x)"""

    def __init__(self, channels: int):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding="same")
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding="same")
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(y)) + x)


class DownsamplingBlock(nn.Module):
    """relu(bn2(conv2(relu(bn1(conv1(x))))) + downsample(x)), where conv1 and downsample have stride 2"""

    def __init__(self, channels: int, outputs: int):
        super().__init__()
        self.downsample = nn.Sequential(
            nn.Conv2d(channels, outputs, 3, stride=2, bias=False), nn.BatchNorm2d(outputs)
        )
        self.conv1 = nn.Conv2d(channels, outputs, 3, stride=2)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding="same")
        self.bn2 = nn.BatchNorm2d(outputs)

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(y)) + self.downsample(x))


class ResNet(nn.Module):
    """[N, 1, 28, 28] images in 0...1 -> [N, 10] logits"""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 7, padding="same")
        self.bn1 = nn.BatchNorm2d(8)
        self.maxpool = nn.MaxPool2d(3, 2)
        self.resblock1 = IdentityBlock(8)
        self.resblock2 = DownsamplingBlock(8, 16)
        self.fc = nn.Linear(576, 10)

    def forward(self, x):
        x = self.maxpool(torch.relu(self.bn1(self.conv1(x))))
        x = self.resblock2(self.resblock1(x))
        return self.fc(x.flatten(1))


def initial_state(seed: int, model: nn.Module | None = None) -> dict[str, torch.Tensor]:
    """The initial weights of resnet-bo, of the original program's network or of another new model.

    One stream RandomState([seed, 0]) over the parameters in the order of state_dict(): uniform(-b, b) in float64, then
    rounded to float32, with b = 1 / sqrt(fan_in) for weights and biases alike. Batch norm draws nothing.
    """
    model = model or ResNet()
    random = np.random.RandomState([seed, 0])
    state = model.state_dict()
    for name, module in model.named_modules():
        if not isinstance(module, (nn.Conv2d, nn.Linear)):
            continue
        bound = 1 / math.sqrt(module.weight[0].numel())
        for parameter in ("weight", "bias"):
            if getattr(module, parameter) is not None:
                shape = tuple(getattr(module, parameter).shape)
                drawn = random.uniform(-bound, bound, shape).astype(np.float32)
                state[f"{name}.{parameter}"] = torch.from_numpy(drawn)
    return state


def read_idx(path: Path) -> np.ndarray:
    """The array of unsigned bytes in a gzipped IDX file."""
    content = gzip.decompress(path.read_bytes())
    if content[:3] != b"\0\0\x08":
        raise SystemExit(f"{path} is not an IDX file of unsigned bytes")
    shape = np.frombuffer(content, ">i4", count=content[3], offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * content[3]).reshape(shape)


def fashion_mnist(folder: str | None, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Images [n, 28, 28] and labels [n] of 'train' or 't10k', from a folder or the default folders of resnet-bo."""
    places = [folder] if folder else ["/usr/share/datasets/fashion-mnist", "data/FashionMNIST/raw"]
    for place in places:
        images = Path(place) / f"{split}-images-idx3-ubyte.gz"
        if images.exists():
            return read_idx(images), read_idx(Path(place) / f"{split}-labels-idx1-ubyte.gz")
    raise SystemExit(f"no {split}-images-idx3-ubyte.gz in {' or '.join(places)}; say where with --data")


def pixels(images: np.ndarray) -> torch.Tensor:
    """Bytes [n, 28, 28] as float32 [n, 1, 28, 28] in 0...1, or [n, c, h, w] as they are.

    Correctly rounded quotients by 255, as torchvision's ToTensor.
    """
    images = images[:, None] if images.ndim == 3 else images
    return torch.from_numpy(images.astype(np.float32) / np.float32(255))
