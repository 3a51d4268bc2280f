"""Turns one of Meta's released SSCD checkpoints into an ONNX file for `claimprint models add`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import onnx
from checkpoint import BadCheckpoint, read_checkpoint
from graph import onnx_of
from network import network_of
from parity import write_parity


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path, help=".torchscript.pt, .torchvision.pt, .classy.pt or .ckpt")
    parser.add_argument("onnx", type=Path, help="the file to write")
    parser.add_argument("--half", action="store_true", help="compute the convolutions in float16, for GPUs")
    parser.add_argument("--exponent", type=float, default=3.0, help="of the pooling; all released models have 3")
    options = parser.parse_args(arguments)
    try:
        checkpoint = read_checkpoint(options.checkpoint)
        network = network_of(checkpoint.state)
        onnx.save(onnx_of(network, half=options.half, exponent=options.exponent), options.onnx)
    except BadCheckpoint as error:
        print(error, file=sys.stderr)
        return 2
    dimensions, precision = network.weight.shape[0], "float16" if options.half else "float32"
    print(f"{options.onnx}: {len(network.blocks)} blocks, {dimensions} numbers, {precision}")
    command = f"claimprint models add {options.onnx} --manifest sscd-{precision}"
    if checkpoint.network is not None:
        picture, expected = options.onnx.with_suffix(".png"), options.onnx.with_suffix(".json")
        write_parity(checkpoint.network, picture, expected)
        command += f" --parity {picture} --expect {expected}"
    print(command)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
