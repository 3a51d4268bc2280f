"""Writes a network as an ONNX graph: from the bytes of photos to vectors of length 1."""

from __future__ import annotations

import numpy as np
import onnx
from checkpoint import BadCheckpoint
from network import Block, Convolution, Network
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 8
# ImageNet's mean and standard deviation, red, green, blue, for values from 0 to 255.
MEAN = 255 * np.array([0.485, 0.456, 0.406])
DEVIATION = 255 * np.array([0.229, 0.224, 0.225])


def onnx_of(network: Network, *, half: bool, exponent: float) -> onnx.ModelProto:
    """`image` uint8 [photos, height, width, 3] RGB → `embedding` float32 [photos, dimensions].

    With `half` the convolutions are computed in float16. Pooling and what follows stay float32: the cube of an
    activation above 40 is beyond float16.
    """
    return Writer(np.dtype(np.float16 if half else np.float32)).model(network, exponent)


class Writer:
    def __init__(self, dtype: np.dtype) -> None:
        self.dtype = dtype
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def model(self, network: Network, exponent: float) -> onnx.ModelProto:
        half = self.dtype == np.float16
        pixels = self.normalised("image")
        maps = self.cast(pixels, TensorProto.FLOAT16) if half else pixels
        maps = self.convolution(maps, network.stem, relu=True)
        maps = self.node("MaxPool", maps, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
        for block in network.blocks:
            maps = self.block(maps, block)
        if half:
            self.cast(maps, TensorProto.FLOAT)
        # These have names, so that other pooling can be put beside.
        self.nodes[-1].output[0] = "features"
        pooled = self.generalised_mean("features", exponent)
        weight = self.constant(network.weight, np.float32, "head.weight")
        bias = self.constant(network.bias, np.float32, "head.bias")
        self.unit(self.node("Gemm", pooled, weight, bias, transB=1), "embedding")
        shapes = ["photos", "height", "width", 3], ["photos", network.weight.shape[0]]
        graph = helper.make_graph(
            self.nodes,
            "sscd",
            [helper.make_tensor_value_info("image", TensorProto.UINT8, shapes[0])],
            [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, shapes[1])],
            self.weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="claimprint")
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model)
        return model

    def normalised(self, image: str) -> str:
        floats = self.cast(image, TensorProto.FLOAT)
        maps = self.node("Transpose", floats, perm=[0, 3, 1, 2])
        centred = self.node("Sub", maps, self.constant(MEAN.reshape(1, 3, 1, 1), np.float32))
        return self.node("Mul", centred, self.constant(1 / DEVIATION.reshape(1, 3, 1, 1), np.float32))

    def block(self, maps: str, block: Block) -> str:
        one, two, three = block.convolutions
        inner = self.convolution(maps, one, relu=True)
        inner = self.convolution(inner, two, relu=True)
        inner = self.convolution(inner, three, relu=False)
        beside = self.convolution(maps, block.shortcut, relu=False) if block.shortcut else maps
        return self.node("Relu", self.node("Add", inner, beside))

    def convolution(self, maps: str, layer: Convolution, *, relu: bool) -> str:
        weights = self.constant(layer.weight, self.dtype), self.constant(layer.bias, self.dtype)
        result = self.node(
            "Conv",
            maps,
            *weights,
            kernel_shape=list(layer.weight.shape[2:]),
            strides=[layer.stride] * 2,
            pads=[layer.padding] * 4,
            group=layer.groups,
        )
        return self.node("Relu", result) if relu else result

    def generalised_mean(self, maps: str, exponent: float) -> str:
        """(mean of max(x, 1e-6)ᵖ)^(1/p) over each channel's map (Radenović et al., 2018)."""
        positive = self.node("Max", maps, self.constant(np.array(1e-6), np.float32))
        powers = self.node("Pow", positive, self.constant(np.array(exponent), np.float32))
        mean = self.node("ReduceMean", powers, axes=[2, 3], keepdims=0)
        return self.node("Pow", mean, self.constant(np.array(1 / exponent), np.float32))

    def unit(self, vectors: str, output: str) -> None:
        length = self.node("ReduceL2", vectors, axes=[1], keepdims=1)
        positive = self.node("Max", length, self.constant(np.array(1e-12), np.float32))
        self.nodes.append(helper.make_node("Div", [vectors, positive], [output]))

    def cast(self, value: str, to: int) -> str:
        return self.node("Cast", value, to=to)

    def node(self, operation: str, *inputs: str, **attributes: object) -> str:
        output = f"{operation}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, list(inputs), [output], **attributes))
        return output

    def constant(self, values: np.ndarray, dtype: np.dtype | type, name: str | None = None) -> str:
        name = name or f"weight{len(self.weights)}"
        with np.errstate(over="ignore"):
            rounded = values.astype(dtype)
        if not np.isfinite(rounded).all():
            raise BadCheckpoint(f"A weight is not finite in {np.dtype(dtype).name}.")
        self.weights.append(numpy_helper.from_array(rounded, name))
        return name
