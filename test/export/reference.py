"""The architecture as its authors describe it, in torch, with random weights."""

from __future__ import annotations

import numpy as np
import torch
from parity import drawn, normalised
from torch import nn
from torch.nn import functional
from torchvision.models.resnet import Bottleneck, resnet50, resnext50_32x4d


class GeneralisedMean(nn.Module):
    """Radenović et al. 2018: the p-th root of the mean of the p-th powers of each channel."""

    def __init__(self, exponent: float = 3.0) -> None:
        super().__init__()
        self.exponent = exponent

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return maps.clamp(min=1e-6).pow(self.exponent).mean((2, 3)).pow(1 / self.exponent)


class Sscd(nn.Module):
    """Pizzi et al. 2022: a ResNet trunk, generalised mean, a linear layer, length 1."""

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone
        self.backbone.avgpool = GeneralisedMean()

    def forward(self, photos: torch.Tensor) -> torch.Tensor:
        return functional.normalize(self.backbone(photos))


class TinyResNet(nn.Module):
    """One block a stage and few channels, else as torchvision's."""

    def __init__(self, dimensions: int = 16) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        for stage, (inside, planes) in enumerate(((8, 2), (8, 4), (16, 4), (16, 8)), start=1):
            stride = 1 if stage == 1 else 2
            outside = planes * Bottleneck.expansion
            changes = stride != 1 or inside != outside
            shortcut = nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside))
            block = Bottleneck(inside, planes, stride, shortcut if changes else None)
            setattr(self, f"layer{stage}", nn.Sequential(block))
        self.avgpool = nn.Identity()
        self.fc = nn.Linear(32, dimensions)

    def forward(self, photos: torch.Tensor) -> torch.Tensor:
        maps = self.maxpool(self.relu(self.bn1(self.conv1(photos))))
        maps = self.layer4(self.layer3(self.layer2(self.layer1(maps))))
        return self.fc(self.avgpool(maps))


BACKBONES = {
    "resnet50": lambda: resnet50(num_classes=512),
    "resnext50": lambda: resnext50_32x4d(num_classes=1024),
    "tiny": TinyResNet,
}


def random_network(build: object, seed: int = 1) -> nn.Module:
    """A network whose normalisations have seen something and whose vectors are centred: it tells pictures apart."""
    torch.manual_seed(seed)
    network = build()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.2)
            module.momentum = None
    pictures = torch.from_numpy(np.stack([normalised(drawn(128, 96, tilt)) for tilt in (0.1, 0.6, 0.9, 1.4, 1.9)]))
    linear = next(module for module in network.modules() if isinstance(module, nn.Linear))
    answers: list[torch.Tensor] = []
    with torch.no_grad():
        network.train()(pictures)
        seen = linear.register_forward_hook(lambda _module, _inputs, answer: answers.append(answer))
        network.eval()(pictures)
        seen.remove()
        linear.bias -= answers[0].mean(0)
    return network
