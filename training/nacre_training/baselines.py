# SPDX-License-Identifier: Apache-2.0
"""What the encoder must beat: classic codes without a network, and the pooled features of an untrained one."""
import cv2
import numpy as np
import torch

from . import backbone, features
from .encoder import BITS, SIZE
from .pictures import decode, fit


CELL, DIRECTIONS = 16, 9


def gradients(picture):
    """Histograms of oriented gradients (Dalal and Triggs 2005): Sobel edges, nine directions, blocks of 2 x 2 cells."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    size, angle = cv2.cartToPolar(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    direction = (angle * DIRECTIONS / np.pi).astype(int) % DIRECTIONS
    rows, columns = grey.shape[0] // CELL, grey.shape[1] // CELL
    cells = np.stack([(size * (direction == d)).reshape(rows, CELL, columns, CELL).sum((1, 3))
                      for d in range(DIRECTIONS)], 2)
    blocks = np.concatenate([cells[:-1, :-1], cells[1:, :-1], cells[:-1, 1:], cells[1:, 1:]], 2)
    return (blocks / (np.linalg.norm(blocks, axis=2, keepdims=True) + 1.0)).ravel()


def colours(picture):
    """A histogram in Lab (8 x 16 x 16, root), of what is not the white background."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
    mask = (picture.min(2) < 245).astype(np.uint8)
    histogram = cv2.calcHist([lab], [0, 1, 2], mask, [8, 16, 16], [0, 256] * 3)
    return np.sqrt(histogram / max(1.0, histogram.sum())).ravel()


def principal_bits(descriptors, fitted_on):
    """128 bits: signs of the principal components after a random rotation, which evens out what each bit tells."""
    torch.manual_seed(0)
    x = descriptors - descriptors[fitted_on].mean(0)
    _, _, components = torch.pca_lowrank(torch.from_numpy(x[fitted_on]), BITS, center=False, niter=3)
    rotation, _ = np.linalg.qr(np.random.default_rng(3).standard_normal((BITS, BITS)))
    return x @ components.numpy() @ rotation


def classic(pictures, fitted_on):
    shape, colour = [], []
    for picture in pictures:
        pixels = np.ascontiguousarray(fit(decode(picture.read(), picture.file), SIZE))
        shape.append(gradients(pixels))
        colour.append(colours(pixels))
    return tuple(principal_bits(np.asarray(d, np.float32), fitted_on) for d in (shape, colour))


def pooled(numbers):
    """1280 floats a picture: the ImageNet network's last layer, averaged over places."""
    top, deep = backbone.pretrained().top, features.load(features.PLAIN)["deep"]
    with torch.no_grad():
        return np.concatenate([top(torch.from_numpy(np.asarray(deep[some], np.float32))).mean((2, 3)).numpy()
                               for some in np.array_split(np.asarray(numbers), max(1, len(numbers) // 256))])
