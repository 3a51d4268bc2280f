"""Reads the weights of a checkpoint file."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

State = dict[str, np.ndarray]


class BadCheckpoint(Exception):
    """The file is no checkpoint of the architecture; the message is for the user."""


@dataclass(frozen=True)
class Checkpoint:
    """Weights by name, as float64, and the network itself where the file carries its code."""

    state: State
    network: torch.nn.Module | None


def read_checkpoint(path: Path) -> Checkpoint:
    """Reads a TorchScript file (`.torchscript.pt`), or weights alone (`.torchvision.pt`, `.classy.pt`, `.ckpt`).

    Weights alone are read without running any code that a file may carry; a TorchScript file runs in torch's interpreter.
    """
    if not path.is_file():
        raise BadCheckpoint(f"{path} is not there.")
    try:
        if is_torchscript(path):
            network = torch.jit.load(str(path), map_location="cpu").eval()
            return Checkpoint(as_arrays(network.state_dict()), network)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise BadCheckpoint(f"{path} is no checkpoint: it is damaged, or holds more than weights.") from error
    # Training frameworks put the weights beside their own state.
    while isinstance(content, dict) and isinstance(content.get("state_dict"), dict):
        content = content["state_dict"]
    if not isinstance(content, dict):
        raise BadCheckpoint(f"{path} holds no weights by name.")
    return Checkpoint(as_arrays(content), None)


def is_torchscript(path: Path) -> bool:
    """Both kinds are zip files; only TorchScript has code in it."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any("/code/" in name for name in archive.namelist())


def as_arrays(state: dict[str, object]) -> State:
    return {
        name: value.detach().to("cpu", torch.float64).numpy()
        for name, value in state.items()
        if isinstance(value, torch.Tensor) and value.is_floating_point()
    }

