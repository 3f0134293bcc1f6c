# SPDX-License-Identifier: Apache-2.0
"""The encoder as an ONNX file that tells of itself: name, version, classes, input."""
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

from . import backbone
from .encoder import SIZE
from .histogram import KEPT

OPSET = 17


class Exported(nn.Module):
    """One logit a taxonomy category: the probabilities of its (form, wearer) pairs added up. Of the colour code the first
    half is the learnt one's, the second the exact histogram's."""

    def __init__(self, encoder, shares, exact):
        super().__init__()
        self.encoder, self.exact = encoder, exact
        self.register_buffer("shares", torch.tensor(shares))

    def forward(self, pictures):
        thumbnail, middle, deep = self.encoder.maps(pictures)
        seen = self.encoder.from_maps(thumbnail, middle, deep)
        categories = torch.exp(self.encoder.heads.joint(seen)) @ self.shares
        colour = torch.cat([seen.colour[:, :KEPT], self.exact(pictures, self.encoder.heads.where_in(deep))], 1)
        return torch.log(categories + 1e-12), seen.shape, colour


def describe(model, properties):
    for key, value in properties.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def halve(model):
    """Stores large weights as float16; they are widened once, when the file is loaded, and all arithmetic stays float32."""
    from onnx import TensorProto, helper, numpy_helper
    graph, kept, casts = model.graph, [], []
    for weight in graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size < 1024:
            kept.append(weight)
            continue
        half = numpy_helper.from_array(values.astype(np.float16), weight.name + ".half")
        kept.append(half)
        casts.append(helper.make_node("Cast", [half.name], [weight.name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes)


def export(encoder, classes, path, version, exact, more=None):
    import onnx
    path = Path(path)
    module = Exported(encoder.eval(), classes.shares(), exact).eval()
    for layer in module.modules():
        if isinstance(layer, backbone.Convolution):
            layer.fold()
    torch.onnx.export(module, (torch.zeros(2, 3, *SIZE),), str(path), dynamo=False, opset_version=OPSET,
                      input_names=["pictures"], output_names=["categories", "shape", "colour"],
                      dynamic_axes={name: {0: "N"} for name in ("pictures", "categories", "shape", "colour")})
    model = onnx.load(path)
    model.ir_version = 9
    halve(model)
    describe(model, {
        "nacre.kind": "encoder", "nacre.name": "encoder", "nacre.version": str(version),
        "nacre.input": {"size": list(SIZE), "fit": "pad", "background": [255, 255, 255],
                        "mean": [backbone.MEAN] * 3, "std": [backbone.STD] * 3},
        "nacre.classes": classes.categories, **(more or {})})
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path
