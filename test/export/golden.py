"""Writes test/golden/sscd-tiny.json: a tiny network of the architecture, exported, and what torch says of a picture.

    python test/export/golden.py
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "models" / "export"))

from checkpoint import as_arrays  # noqa: E402
from graph import onnx_of  # noqa: E402
from network import network_of  # noqa: E402
from parity import drawn, embedding_of, png  # noqa: E402
from reference import BACKBONES, Sscd, random_network  # noqa: E402


def main() -> None:
    reference = random_network(lambda: Sscd(BACKBONES["tiny"]()))
    network = network_of(as_arrays(reference.state_dict()))
    picture = drawn(80, 64)
    content = {
        "picture": encoded(png(picture)),
        "embedding": [round(float(x), 7) for x in embedding_of(reference, picture)],
        **{
            name: encoded(onnx_of(network, half=half, exponent=3.0).SerializeToString())
            for name, half in (("float32", False), ("float16", True))
        },
    }
    (ROOT / "test" / "golden" / "sscd-tiny.json").write_text(json.dumps(content, indent=2) + "\n")


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


if __name__ == "__main__":
    main()
