# SPDX-License-Identifier: Apache-2.0
"""Makes the tests' networks: tiny ONNX files that obey docs/models.md and whose answers can be worked out by hand.

    python3 -m venv /tmp/v && /tmp/v/bin/pip install onnx==1.23.2 && /tmp/v/bin/python tests/models/make.py

encoder.onnx   names a picture by its mean colour: red a dress, green a T-shirt (more likely a woman's than a man's),
               blue a man's sneaker; shape is the sign of red, colour that of blue.
detector.onnx  finds red and blue cells of an 8x8 grid: red ones are dresses, blue ones shoes, which come in pairs; its
               masks are the red and blue parts of the photo.
faces.onnx     takes red cells of the grid for faces.
foreign.onnx   a sound network without any of nacre's metadata.
"""
import json
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FOLDER = pathlib.Path(__file__).parent
SIDE, CELLS, MAP = 64, 8, 16


def constant(name, values):
    return numpy_helper.from_array(np.asarray(values, np.float32), name)


def integers(name, values):
    return numpy_helper.from_array(np.asarray(values, np.int64), name)


def save(name, nodes, inputs, outputs, constants, metadata):
    graph = helper.make_graph(
        nodes, name,
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in inputs],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in outputs], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    for key, value in metadata.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = f"nacre.{key}", value if isinstance(value, str) else json.dumps(value)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, FOLDER / f"{name}.onnx")


def picture_input(side):
    return {"size": [side, side], "fit": "pad", "background": [255, 255, 255], "mean": [0.5] * 3, "std": [0.5] * 3}


def make_encoder():
    # Mean red, green and blue, each from -1 to 1, times the class's row.
    classes = {
        "women.dresses.evening": [4, -4, -4],
        "women.dresses.casual": [3, -4, -4],
        "women.tops.tshirts": [-4, 4, -4],
        "men.tops.tshirts": [-4, 3.5, -4],
        "men.shoes.casual.sneakers": [-4, -4, 4],
    }
    # Bit i is the sign of red (shape) or blue (colour), turned round at every third.
    signs = np.where(np.arange(128) % 3 == 0, -1, 1)
    shape, colour = np.zeros((3, 128)), np.zeros((3, 128))
    shape[0], colour[2] = signs, signs
    nodes = [
        helper.make_node("ReduceMean", ["pictures"], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["mean", "class_rows"], ["categories"]),
        helper.make_node("MatMul", ["mean", "shape_rows"], ["shape"]),
        helper.make_node("MatMul", ["mean", "colour_rows"], ["colour"]),
    ]
    constants = [constant("class_rows", np.array(list(classes.values())).T), constant("shape_rows", shape),
                 constant("colour_rows", colour)]
    save("encoder", nodes, [("pictures", ["N", 3, 32, 32])],
         [("categories", ["N", len(classes)]), ("shape", ["N", 128]), ("colour", ["N", 128])], constants,
         {"kind": "encoder", "name": "mean-colour", "version": "1", "input": picture_input(32),
          "classes": list(classes),
          "match": {"women.dresses": {"weights": [2, 8], "same": 0.9, "very similar": 0.75, "similar": 0.5},
                    "": {"weights": [1, 1], "same": 1, "very similar": 0.8, "similar": 0.25}}})


def make_detector():
    # Per cell: red is (1, -1, -1), blue (-1, -1, 1); a cell of that colour scores near 1, any other near 0.
    step = SIDE // CELLS
    edges = np.arange(CELLS) * step
    boxes = [[x, y, x + step, y + step] for y in edges for x in edges]
    nodes = [
        helper.make_node("AveragePool", ["photo"], ["cells"], kernel_shape=[step, step], strides=[step, step]),
        helper.make_node("Reshape", ["cells", "flat"], ["channels"]),
        helper.make_node("Transpose", ["channels"], ["anchors"], perm=[1, 0]),
        helper.make_node("MatMul", ["anchors", "score_rows"], ["raw"]),
        helper.make_node("Sub", ["raw", "score_level"], ["logits"]),
        helper.make_node("Sigmoid", ["logits"], ["scores"]),
        helper.make_node("Identity", ["cell_boxes"], ["boxes"]),
        helper.make_node("AveragePool", ["photo"], ["blurred"], kernel_shape=[SIDE // MAP] * 2,
                         strides=[SIDE // MAP] * 2),
        helper.make_node("Conv", ["blurred", "map_rows", "map_level"], ["maps"]),
        helper.make_node("Reshape", ["maps", "map_shape"], ["prototypes"]),
        helper.make_node("Sub", ["scores", "half"], ["above_half"]),
        helper.make_node("Relu", ["above_half"], ["coefficients"]),
    ]
    rows = np.array([[1, -1, -1], [-1, -1, 1]])
    constants = [
        integers("flat", [3, CELLS * CELLS]), constant("score_rows", 4 * rows.T), constant("score_level", [8, 8]),
        constant("cell_boxes", boxes), constant("map_rows", rows.reshape(2, 3, 1, 1)), constant("map_level", [-2, -2]),
        integers("map_shape", [2, MAP, MAP]), constant("half", [0.5]),
    ]
    save("detector", nodes, [("photo", [1, 3, SIDE, SIDE])],
         [("boxes", [CELLS * CELLS, 4]), ("scores", [CELLS * CELLS, 2]), ("prototypes", [2, MAP, MAP]),
          ("coefficients", [CELLS * CELLS, 2])], constants,
         {"kind": "detector", "name": "cells", "version": "1", "input": picture_input(SIDE),
          "classes": [{"id": "dress", "nodes": ["women.dresses"], "threshold": 0.5, "pair": False},
                      {"id": "shoe", "nodes": ["men.shoes", "women.shoes"], "threshold": 0.5, "pair": True}]})


def make_faces():
    step = SIDE // CELLS
    edges = np.arange(CELLS) * step
    nodes = [
        helper.make_node("AveragePool", ["photo"], ["cells"], kernel_shape=[step, step], strides=[step, step]),
        helper.make_node("Conv", ["cells", "red", "level"], ["logits"]),
        helper.make_node("Sigmoid", ["logits"], ["shares"]),
        helper.make_node("Reshape", ["shares", "flat"], ["scores"]),
        helper.make_node("Identity", ["cell_boxes"], ["boxes"]),
    ]
    constants = [
        constant("red", np.array([4, -4, -4]).reshape(1, 3, 1, 1)), constant("level", [-8]),
        integers("flat", [CELLS * CELLS, 1]),
        constant("cell_boxes", [[x, y, x + step, y + step] for y in edges for x in edges]),
    ]
    save("faces", nodes, [("photo", [1, 3, SIDE, SIDE])],
         [("boxes", [CELLS * CELLS, 4]), ("scores", [CELLS * CELLS, 1])], constants,
         {"kind": "faces", "name": "red-cells", "version": "1", "input": picture_input(SIDE),
          "classes": [{"id": "face", "threshold": 0.5}]})


def make_foreign():
    save("foreign", [helper.make_node("Relu", ["x"], ["y"])], [("x", [1, 4])], [("y", [1, 4])], [], {})


if __name__ == "__main__":
    make_encoder()
    make_detector()
    make_faces()
    make_foreign()
