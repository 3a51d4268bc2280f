"""Writes a TorchScript checkpoint of SSCD's architecture with random weights."""

from __future__ import annotations

import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "models" / "export"))

from reference import BACKBONES, Sscd, random_network  # noqa: E402

network = random_network(lambda: Sscd(BACKBONES["resnet50"]()))
torch.jit.save(torch.jit.trace(network, torch.zeros(1, 3, 64, 96)), sys.argv[1])
