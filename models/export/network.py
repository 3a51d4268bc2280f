"""The architecture: a ResNet of bottleneck blocks, its batch normalisations folded into its convolutions."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from checkpoint import BadCheckpoint, State

BATCH_NORM_EPSILON = 1e-5


@dataclass(frozen=True)
class Convolution:
    weight: np.ndarray  # [out, in / groups, height, width]
    bias: np.ndarray  # [out]
    stride: int
    groups: int

    @property
    def padding(self) -> int:
        return self.weight.shape[2] // 2


@dataclass(frozen=True)
class Block:
    """Three convolutions, to whose answer the block's input is added, itself convolved where sizes change."""

    convolutions: tuple[Convolution, Convolution, Convolution]
    shortcut: Convolution | None


@dataclass(frozen=True)
class Network:
    stem: Convolution
    blocks: tuple[Block, ...]
    weight: np.ndarray  # of the last, linear layer: [dimensions, channels]
    bias: np.ndarray


@dataclass(frozen=True)
class Names:
    """How a library calls the parts; `{s}` is the stage and `{b}` the block, both from 0."""

    stem: tuple[str, str]
    block: str
    convolutions: tuple[tuple[str, str], ...]
    head: str
    # The part that the stem is in and the head is not; the head stands beside it.
    head_outside: str


TORCHVISION = Names(
    stem=("conv1", "bn1"),
    block="layer{s1}.{b}.",
    convolutions=(("conv1", "bn1"), ("conv2", "bn2"), ("conv3", "bn3")),
    head="fc",
    head_outside="",
)
CLASSY_VISION = Names(
    stem=("initial_block._module.0", "initial_block._module.1"),
    block="blocks.{s}.block{s}-{b}.",
    convolutions=(
        ("convolutional_block.0", "convolutional_block.1"),
        ("convolutional_block.3", "convolutional_block.4"),
        ("convolutional_block.6", "bn"),
    ),
    head="embeddings.1",
    head_outside="backbone.",
)
SHORTCUT = ("downsample.0", "downsample.1")
STAGES = 4


def network_of(state: State) -> Network:
    """Finds the parts by the names that torchvision or Classy Vision give them, whatever stands before those."""
    for names in (TORCHVISION, CLASSY_VISION):
        stem = re.escape(names.stem[0])
        for key in state:
            match = re.fullmatch(rf"((?:.*\.)?){stem}\.weight", key)
            # Blocks have a convolution of the stem's name too; theirs is no 7 by 7 one of three channels.
            if match and state[key].ndim == 4 and state[key].shape[1] == 3:
                return Reader(state, names, match[1]).network()
    raise BadCheckpoint("The checkpoint is no ResNet as torchvision or Classy Vision name its parts.")


@dataclass(frozen=True)
class Reader:
    state: State
    names: Names
    prefix: str

    def network(self) -> Network:
        blocks = []
        for stage in range(STAGES):
            first = len(blocks)
            while self.has(stage, len(blocks) - first):
                blocks.append(self.block(stage, len(blocks) - first))
            if len(blocks) == first:
                raise BadCheckpoint(f"The checkpoint has no stage {stage + 1} of bottleneck blocks.")
        weight, bias = self.head()
        if blocks[-1].convolutions[2].weight.shape[0] != weight.shape[1]:
            raise BadCheckpoint("The checkpoint's linear layer does not fit its last block.")
        return Network(self.convolution(self.prefix, self.names.stem, 2), tuple(blocks), weight, bias)

    def at(self, stage: int, block: int) -> str:
        return self.prefix + self.names.block.format(s=stage, s1=stage + 1, b=block)

    def has(self, stage: int, block: int) -> bool:
        return f"{self.at(stage, block)}{self.names.convolutions[2][0]}.weight" in self.state

    def block(self, stage: int, block: int) -> Block:
        at = self.at(stage, block)
        # Sizes are halved by the first block of every stage but the first, in its 3 by 3 convolution.
        stride = 2 if stage > 0 and block == 0 else 1
        one, two, three = self.names.convolutions
        shortcut = f"{at}{SHORTCUT[0]}.weight" in self.state
        return Block(
            (
                self.convolution(at, one, 1),
                self.convolution(at, two, stride, grouped=True),
                self.convolution(at, three, 1),
            ),
            self.convolution(at, SHORTCUT, stride) if shortcut else None,
        )

    def convolution(self, at: str, names: tuple[str, str], stride: int, *, grouped: bool = False) -> Convolution:
        """A convolution without bias and the normalisation behind it, as one convolution with bias."""
        weight = self.value(f"{at}{names[0]}.weight")
        norm = {part: self.value(f"{at}{names[1]}.{part}") for part in ("weight", "bias", "running_mean", "running_var")}
        scale = norm["weight"] / np.sqrt(norm["running_var"] + BATCH_NORM_EPSILON)
        bias = norm["bias"] - norm["running_mean"] * scale
        # The one in groups (ResNeXt) takes as many channels as it gives.
        groups = weight.shape[0] // weight.shape[1] if grouped else 1
        return Convolution(weight * scale[:, None, None, None], bias, stride, groups)

    def head(self) -> tuple[np.ndarray, np.ndarray]:
        at = f"{self.prefix.removesuffix(self.names.head_outside)}{self.names.head}"
        return self.value(f"{at}.weight"), self.value(f"{at}.bias")

    def value(self, name: str) -> np.ndarray:
        if name in self.state:
            return self.state[name]
        raise BadCheckpoint(f"The checkpoint has no {name}.")
