"""The export gives what the reference implementation gives; `npm run test:export` runs this."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
import tempfile
import types
import unittest
from pathlib import Path

import numpy as np
import onnxruntime
import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "models" / "export"))

from checkpoint import BadCheckpoint, read_checkpoint  # noqa: E402
from export_sscd import main  # noqa: E402
from network import network_of  # noqa: E402
from parity import drawn, embedding_of  # noqa: E402
from reference import BACKBONES, Sscd, random_network  # noqa: E402

MOST_DIFFERENCE = 1e-4
LEAST_HALF_COSINE = 0.999
PICTURES = (drawn(), drawn(200, 320, tilt=1.1))
SAMPLE = torch.zeros(1, 3, 64, 96)


def quietly(*arguments: object) -> int:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return main([str(argument) for argument in arguments])


def run_onnx(path: Path, photos: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(["embedding"], {"image": photos})[0]


class Exporting(unittest.TestCase):
    def setUp(self) -> None:
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)

    def exported(self, checkpoint: Path, *flags: str) -> Path:
        path = self.folder / "exported.onnx"
        self.assertEqual(quietly(checkpoint, path, *flags), 0)
        return path

    def weights(self, network: torch.nn.Module) -> Path:
        path = self.folder / "random.torchvision.pt"
        torch.save(network.state_dict(), path)
        return path

    def torchscript(self, network: torch.nn.Module) -> Path:
        path = self.folder / "random.torchscript.pt"
        torch.jit.save(torch.jit.trace(network, SAMPLE), str(path))
        return path

    def check(self, network: torch.nn.Module, checkpoint: Path) -> None:
        expected = [embedding_of(network, picture) for picture in PICTURES]
        apart = np.abs(expected[0] - expected[1]).max()
        self.assertGreater(apart, 100 * MOST_DIFFERENCE, "the random network must tell pictures apart")
        single = self.exported(checkpoint)
        for picture, vector in zip(PICTURES, expected):
            difference = np.abs(run_onnx(single, picture[None])[0] - vector).max()
            self.assertLessEqual(difference, MOST_DIFFERENCE)
        half = self.exported(checkpoint, "--half")
        for picture, vector in zip(PICTURES, expected):
            self.assertGreaterEqual(float(run_onnx(half, picture[None])[0] @ vector), LEAST_HALF_COSINE)


class Export(Exporting):
    def test_resnet50_from_weights_and_torchscript(self) -> None:
        network = random_network(lambda: Sscd(BACKBONES["resnet50"]()))
        self.check(network, self.weights(network))
        self.check(network, self.torchscript(network))

    def test_resnext_has_its_groups(self) -> None:
        network = random_network(lambda: Sscd(BACKBONES["resnext50"]()))
        self.check(network, self.weights(network))

    def test_lightning_keeps_weights_under_state_dict(self) -> None:
        network = random_network(lambda: Sscd(BACKBONES["tiny"]()))
        path = self.folder / "random.ckpt"
        named = {f"model.{name}": value for name, value in network.state_dict().items()}
        torch.save({"epoch": 3, "state_dict": named}, path)
        self.check(network, path)

    def test_batch_says_the_same_as_one_by_one(self) -> None:
        network = random_network(lambda: Sscd(BACKBONES["tiny"]()))
        path = self.exported(self.weights(network))
        batch = np.stack([PICTURES[0], PICTURES[0][::-1]])
        together = run_onnx(path, batch)
        for photo, vector in zip(batch, together):
            np.testing.assert_allclose(run_onnx(path, photo[None])[0], vector, atol=1e-6)

    def test_refusals_name_what_is_missing(self) -> None:
        network = random_network(lambda: Sscd(BACKBONES["tiny"]()))
        state = dict(network.state_dict())
        del state["backbone.layer3.0.bn2.running_var"]
        path = self.folder / "cut.pt"
        torch.save(state, path)
        with self.assertRaisesRegex(BadCheckpoint, r"backbone\.layer3\.0\.bn2\.running_var"):
            network_of(read_checkpoint(path).state)
        torch.save({"weight": torch.zeros(3)}, path)
        with self.assertRaisesRegex(BadCheckpoint, "no ResNet"):
            network_of(read_checkpoint(path).state)
        path.write_bytes(b"no checkpoint")
        self.assertEqual(quietly(path, self.folder / "none.onnx"), 2)
        self.assertFalse((self.folder / "none.onnx").exists())

    def test_code_in_weights_is_not_run(self) -> None:
        path = self.folder / "evil.pt"
        torch.save({"state_dict": Evil()}, path)
        with self.assertRaises(BadCheckpoint):
            read_checkpoint(path)
        self.assertFalse(Path(EVIDENCE).exists())


EVIDENCE = str(Path(tempfile.gettempdir()) / f"claimprint-export-{os.getpid()}")


class Evil:
    def __reduce__(self) -> object:
        return open, (EVIDENCE, "w")


@unittest.skipUnless(
    os.environ.get("SSCD_COPY_DETECTION"), "SSCD_COPY_DETECTION names no checkout of facebookresearch/sscd-copy-detection"
)
class AuthorsOwn(Exporting):
    """The same against Meta's own code, with both libraries' backbones."""

    @classmethod
    def setUpClass(cls) -> None:
        root = Path(os.environ["SSCD_COPY_DETECTION"]) / "sscd"
        # Their packages import what training needs; the model alone does not.
        for name, place in (("sscd", root), ("sscd.models", root / "models")):
            package = types.ModuleType(name)
            package.__path__ = [str(place)]
            sys.modules[name] = package
        cls.model = staticmethod(importlib.import_module("sscd.models.model").Model)

    def test_all_backbones(self) -> None:
        for backbone, dimensions in (("TV_RESNET50", 512), ("CV_RESNET50", 512), ("CV_RESNEXT101", 1024)):
            with self.subTest(backbone):
                network = random_network(lambda: self.model(backbone, dimensions, 3.0))
                self.check(network, self.weights(network))
                if backbone == "CV_RESNET50":
                    self.check(network, self.torchscript(network))


if __name__ == "__main__":
    unittest.main(verbosity=2)
