"""A picture and what the checkpoint itself says of it, for `claimprint models add --parity --expect`."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import numpy as np
import torch
from graph import DEVIATION, MEAN

# The shorter side is the manifest's edge, so that nobody's way of scaling comes into it.
WIDTH, HEIGHT = 384, 288


def write_parity(network: torch.nn.Module, picture: Path, expected: Path) -> None:
    pixels = drawn()
    picture.write_bytes(png(pixels))
    expected.write_text(json.dumps([round(float(x), 8) for x in embedding_of(network, pixels)]) + "\n")


def embedding_of(network: torch.nn.Module, pixels: np.ndarray) -> np.ndarray:
    """What the reference implementation gives for a picture [height, width, 3] of bytes."""
    with torch.inference_mode():
        return network(torch.from_numpy(normalised(pixels)[None]))[0].numpy()


def normalised(pixels: np.ndarray) -> np.ndarray:
    """[height, width, 3] of bytes as the reference implementation wants it: [3, height, width]."""
    return ((pixels - MEAN) / DEVIATION).transpose(2, 0, 1).astype(np.float32)


def drawn(width: int = WIDTH, height: int = HEIGHT, tilt: float = 0.3) -> np.ndarray:
    """A picture with something in it, the same every time."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [128 + 80 * np.sin(x / (9 + c) + tilt * c) * np.cos(y / (13 - tilt * y / 40)) for c in range(3)]
    return np.clip(np.stack(waves, axis=2) + 40 * np.sin(x * y / 997)[:, :, None], 0, 255).astype(np.uint8)


def png(pixels: np.ndarray) -> bytes:
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, content) for kind, content in parts)


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
