"""Networks of other kinds than the original program's, in PyTorch, for the golden files and for check-torchvision.

Needs the PyPI packages torch and torchvision. The modules of resnet20() and tiny() are registered in the order of their names in
torchvision's resnet, so state_dict() has the order conv1, bn1, conv2, bn2, downsample in a block.
"""

from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional
from torchvision.models import resnet


class OptionA(nn.Module):
    """The shortcut without parameters of He et al.: every other pixel, with zero channels added before and after, half each."""

    def __init__(self, added: int):
        super().__init__()
        self.half = added // 2

    def forward(self, x):
        return functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.half, self.half))


class Block(nn.Module):
    """relu(bn2(conv2(relu(bn1(conv1(x))))) + downsample(x)), where conv1 has the stride"""

    def __init__(self, channels: int, outputs: int, stride: int, downsample: nn.Module, bias: bool):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, outputs, 3, stride=stride, padding=1, bias=bias)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=bias)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = downsample
        self.relu1, self.relu2 = nn.ReLU(), nn.ReLU()

    def forward(self, x):
        y = self.relu1(self.bn1(self.conv1(x)))
        return self.relu2(self.bn2(self.conv2(y)) + self.downsample(x))


def chain(**modules: nn.Module) -> nn.Sequential:
    return nn.Sequential(OrderedDict(modules))


def resnet20(channels: int = 3) -> nn.Module:
    """[N, channels, h, w] -> [N, 10]: the network of He et al. for CIFAR-10, 3x3 convolutions without bias, option A"""

    def stage(channels: int, outputs: int) -> nn.Sequential:
        grows = outputs != channels
        first = Block(
            channels, outputs, 2 if grows else 1, OptionA(outputs - channels) if grows else nn.Identity(), bias=False
        )
        return nn.Sequential(first, *(Block(outputs, outputs, 1, nn.Identity(), bias=False) for _ in range(2)))

    return chain(
        conv1=nn.Conv2d(channels, 16, 3, padding=1, bias=False), bn1=nn.BatchNorm2d(16), relu=nn.ReLU(),
        layer1=stage(16, 16), layer2=stage(16, 32), layer3=stage(32, 64),
        avgpool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(), fc=nn.Linear(64, 10),
    )


def tiny() -> nn.Module:
    """[N, 2, 11, 9] -> [N, 4]: the layers that resnet20 lacks"""
    projection = nn.Sequential(nn.Conv2d(6, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8))
    return chain(
        conv1=nn.Conv2d(2, 6, (5, 3), padding=(2, 1)), relu1=nn.ReLU(), maxpool=nn.MaxPool2d(2, 2),
        bn1=nn.BatchNorm2d(6),
        block1=Block(6, 8, 2, projection, bias=True), block2=Block(8, 8, 1, nn.Identity(), bias=True),
        conv2=nn.Conv2d(8, 5, 1), avgpool=nn.AvgPool2d(2, 1), flatten=nn.Flatten(),
        fc1=nn.Linear(10, 7), relu2=nn.ReLU(), fc2=nn.Linear(7, 4),
    )


class ScaledResNet(resnet.ResNet):
    """torchvision's network for small images: a first convolution of 3x3, no max-pooling, and all channels times `width`"""

    def __init__(self, block: type, blocks: list[int], channels: int, classes: int, width: float = 1):
        self.width = width
        super().__init__(block, blocks, num_classes=classes)
        stem, last = round(64 * width), round(512 * width) * block.expansion
        self.conv1 = nn.Conv2d(channels, stem, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(stem)
        self.maxpool = nn.Identity()
        self.fc = nn.Linear(last, classes)
        # The hooks of make-pytorch-golden keep what a ReLU reads.
        for module in self.modules():
            if isinstance(module, nn.ReLU):
                module.inplace = False

    def _make_layer(self, block: type, planes: int, *settings, **more) -> nn.Sequential:
        if planes == 64:
            self.inplanes = round(64 * self.width)
        return super()._make_layer(block, round(planes * self.width), *settings, **more)


def narrow18() -> nn.Module:
    """[N, 3, 16, 16] -> [N, 10]: ResNet-18 with a sixteenth of the channels"""
    return ScaledResNet(resnet.BasicBlock, [2, 2, 2, 2], 3, 10, width=1 / 16)


def bottleneck() -> nn.Module:
    """[N, 3, 16, 16] -> [N, 10]: a bottleneck block in each stage, with a sixteenth of the channels"""
    return ScaledResNet(resnet.Bottleneck, [1, 1, 1, 1], 3, 10, width=1 / 16)
