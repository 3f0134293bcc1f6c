# SPDX-License-Identifier: Apache-2.0
"""The detector as an ONNX file as docs/models.md wants it."""
from pathlib import Path

import numpy as np
import torch
from torch import nn

from .. import backbone
from ..export import OPSET, describe, halve
from . import groups, network, scenes

THRESHOLD = 0.4                     # where nothing was measured yet
SUPPRESS = {"same": 0.5, "inside": 0.85, "other": 0.8}


class Exported(nn.Module):
    """Boxes and scores of one photo. A place that is sure of «top or shirt» shall not lose to one that is sure of less:
    the best group of a family gets the family's whole score, the others in proportion."""

    def __init__(self, net, size):
        super().__init__()
        self.net = net
        points, strides = network.places(size)
        self.register_buffer("points", points)
        self.register_buffer("strides", strides)
        self.members = [np.flatnonzero(groups.FAMILY == family).tolist() for family in range(groups.FAMILY.max() + 1)]

    def scores(self, logits):
        p = torch.sigmoid(logits)
        made = [None] * len(groups.GROUPS)
        for members in self.members:
            own = p[:, members]
            if len(members) == 1:
                made[members[0]] = own
                continue
            whole = 1 - (1 - own).prod(1, keepdim=True)
            scaled = own * (whole / own.amax(1, keepdim=True).clamp(min=1e-9))
            for k, member in enumerate(members):
                made[member] = scaled[:, k:k + 1]
        return torch.cat(made, 1)

    def forward(self, photo):
        logits, distances, coefficients, prototypes = self.net(photo)
        boxes = network.boxes(distances, self.points, self.strides)
        return boxes[0], self.scores(logits[0]), prototypes[0], coefficients[0]


def export(net, path, version, thresholds=None, size=scenes.SIZE):
    import onnx
    thresholds = thresholds or {}
    path = Path(path)
    module = Exported(net.eval(), size).eval()
    for layer in module.modules():
        if isinstance(layer, backbone.Convolution):
            layer.fold()
    torch.onnx.export(module, (torch.zeros(1, 3, *size),), str(path), dynamo=False, opset_version=OPSET,
                      input_names=["photo"], output_names=["boxes", "scores", "prototypes", "coefficients"])
    model = onnx.load(path)
    model.ir_version = 9
    halve(model)
    classes = [{"id": group, "nodes": nodes, "threshold": thresholds.get(group, THRESHOLD), "pair": pair}
               for group, nodes, pair in zip(groups.GROUPS, groups.NODES, groups.PAIRS)]
    describe(model, {
        "nacre.kind": "detector", "nacre.name": "detector", "nacre.version": str(version),
        "nacre.input": {"size": list(size), "fit": "pad", "background": [255, 255, 255],
                        "mean": [backbone.MEAN] * 3, "std": [backbone.STD] * 3},
        "nacre.classes": classes, "nacre.suppress": SUPPRESS})
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path
