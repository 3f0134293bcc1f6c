# SPDX-License-Identifier: Apache-2.0
"""The weights of an exported network, to go on training from: who has nacre has its ONNX files, not its checkpoints."""
import numpy as np
import torch
from torch import nn

from .backbone import Convolution


def _values(graph):
    from onnx import numpy_helper
    values = {weight.name: numpy_helper.to_array(weight) for weight in graph.initializer}
    for node in graph.node:
        if node.op_type == "Cast" and node.input[0] in values:
            values[node.output[0]] = values[node.input[0]].astype(np.float32)
    return {name: torch.from_numpy(value.copy()) for name, value in values.items()}


def _convolutions(graph, values):
    """Weight and bias of every convolution, in the order of the computation."""
    added = {node.input[0]: values[name] for node in graph.node if node.op_type == "Add"
             for name in node.input if name in values}
    return [(values[node.input[1]], values[node.input[2]] if len(node.input) > 2 else added[node.output[0]].flatten())
            for node in graph.node if node.op_type == "Conv" and node.input[1] in values]


def _called(net, graph):
    """The convolutions in the order of the computation, each with the batch norm behind it or None."""
    calls = []

    def convolution(module, *_):
        calls.append((module, None))

    def norm(module, *_):
        calls[-1] = (calls[-1][0], module)

    hooks = [module.register_forward_hook(norm if isinstance(module, nn.BatchNorm2d) else convolution)
             for module in net.modules() if isinstance(module, (Convolution, nn.Conv2d, nn.BatchNorm2d))]
    dimensions = graph.input[0].type.tensor_type.shape.dim
    with torch.no_grad():
        net.eval()(torch.zeros([d.dim_value or 1 for d in dimensions]))      # 0: as many as one likes
    for hook in hooks:
        hook.remove()
    return calls


def load(net, path, prefix):
    """Makes `net` compute what the file does. `prefix`: what names in the file begin with. A batch norm, which the file has
    worked into the convolution before it, becomes a scale and a shift a channel, with statistics of 0 and 1: before going
    on, `measure` them."""
    import onnx
    graph = onnx.load(path).graph
    values = _values(graph)
    convolutions, calls = _convolutions(graph, values), _called(net, graph)
    if len(convolutions) != len(calls):
        raise SystemExit(f"{path}: {len(convolutions)} convolutions; this network has {len(calls)}")
    with torch.no_grad():
        own = {**dict(net.named_parameters()), **dict(net.named_buffers())}
        for name, value in own.items():
            known = values.get(prefix + name)
            if known is not None and known.shape == value.shape:    # heads of more or fewer classes begin anew
                value.copy_(known)
        _fill(calls, convolutions)
        for name, module in net.named_modules():
            if isinstance(module, nn.Linear) and module.bias is None:
                shape = tuple(module.weight.T.shape)
                matrix, = (values[node.input[1]] for node in graph.node if node.op_type == "MatMul"
                           and node.input[1] in values and tuple(values[node.input[1]].shape) == shape)
                module.weight.copy_(matrix.T)


def _fill(calls, convolutions):
    first = {}
    for (module, norm), (weight, bias) in zip(calls, convolutions):
        if norm is None:
            scale = module.scale[:, None, None, None] if isinstance(module, Convolution) else 1
            module.weight.copy_(weight / scale)
            module.bias.copy_(bias)
            continue
        if module not in first:         # shared by several norms: theirs is the ratio to the first one's
            first[module] = weight
            module.weight.copy_(weight)
        before = first[module]
        norm.weight.copy_((weight * before).sum((1, 2, 3)) / before.square().sum((1, 2, 3)).clamp(min=1e-12))
        norm.bias.copy_(bias)
        norm.running_mean.zero_()
        norm.running_var.fill_(1 - norm.eps)


def trunk(backbone, path):
    """Fills the blocks of a backbone with those of an exported encoder, whose computation begins with them."""
    import onnx
    model = onnx.load(path)
    kind = {item.key: item.value for item in model.metadata_props}.get("nacre.kind", "foreign")
    if kind != "encoder":
        raise SystemExit(f"{path}: is a {kind} network; a detector begins with the blocks of an encoder.onnx")
    graph = model.graph
    with torch.no_grad():
        _fill(_called(backbone, graph), _convolutions(graph, _values(graph)))


def measure(net, batches):
    """Gives the batch norms of a loaded network the statistics of what they get, and such a scale and a shift that it
    computes what it did: a training in which they work goes on from there. `batches`: calls of the network."""
    sums = {}

    def add(norm, given):
        values, = given
        count, total, squares = sums.get(norm, (0, 0, 0))
        sums[norm] = (count + values[:, 0].numel(), total + values.double().sum((0, 2, 3)),
                      squares + values.double().square().sum((0, 2, 3)))

    hooks = [module.register_forward_pre_hook(add) for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    with torch.no_grad():
        net.eval()
        for batch in batches:
            net(batch)
        for hook in hooks:
            hook.remove()
        for norm, (count, total, squares) in sums.items():
            mean = (total / count).float()
            variance = (squares / count - (total / count).square()).clamp(min=0).float()
            scale = norm.weight / (norm.running_var + norm.eps).sqrt()
            norm.bias.add_((mean - norm.running_mean) * scale)
            norm.weight.copy_(scale * (variance + norm.eps).sqrt())
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(variance)
