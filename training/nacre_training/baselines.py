# SPDX-License-Identifier: Apache-2.0
"""What the encoder must beat: classic codes without a network, and the pooled features of an untrained one."""
import cv2
import numpy as np
import torch

from . import backbone, features
from .encoder import BITS, SIZE
from .pictures import fit


CELL, DIRECTIONS = 16, 9
WORDS, LEARNT_FROM = 256, 1000      # kinds of corners; pictures that teach them


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


def corners(picture):
    """Corners and what is around them (SIFT, Lowe 2004; its root, Arandjelović and Zisserman 2012): n x 128."""
    found = cv2.SIFT_create(200).detectAndCompute(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), None)[1]
    if found is None:
        return np.zeros((0, 128), np.float32)
    return np.sqrt(found / np.maximum(1.0, found.sum(1, keepdims=True)))


def words(pictures, seed=3):
    """The kinds of corners there are, by k-means: WORDS x 128."""
    some = np.random.default_rng(seed).choice(len(pictures), min(LEARNT_FROM, len(pictures)), replace=False)
    found = np.concatenate([corners(pixels(pictures[n])) for n in some])
    cv2.setRNGSeed(seed)
    until = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 1e-3)
    return cv2.kmeans(found, min(WORDS, len(found)), None, until, 1, cv2.KMEANS_PP_CENTERS)[2]


def kinds(found, words):
    """How often each kind of corner occurs (Sivic and Zisserman 2003), root."""
    if not len(found):
        return np.zeros(len(words), np.float32)
    nearest = (found @ words.T - (words ** 2).sum(1) / 2).argmax(1)
    return np.sqrt(np.bincount(nearest, minlength=len(words)) / len(found))


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


def pixels(picture):
    return np.ascontiguousarray(fit(picture.pixels(), SIZE))


def classic(pictures, fitted_on):
    """Codes of shape (edges and corners, each half of the descriptor's length) and of colour."""
    shape, colour, known = [], [], words([pictures[n] for n in fitted_on])
    for picture in pictures:
        seen = pixels(picture)
        edges, corner = gradients(seen), kinds(corners(seen), known)
        shape.append(np.concatenate([edges / max(1e-6, np.linalg.norm(edges)), corner]))
        colour.append(colours(seen))
    return tuple(principal_bits(np.asarray(d, np.float32), fitted_on) for d in (shape, colour))


def pooled(numbers):
    """1280 floats a picture: the ImageNet network's last layer, averaged over places."""
    top, deep = backbone.pretrained().top, features.load(features.PLAIN)["deep"]
    with torch.no_grad():
        return np.concatenate([top(torch.from_numpy(np.asarray(deep[some], np.float32))).mean((2, 3)).numpy()
                               for some in np.array_split(np.asarray(numbers), max(1, len(numbers) // 256))])
