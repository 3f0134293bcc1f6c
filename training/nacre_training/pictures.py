# SPDX-License-Identifier: Apache-2.0
"""Pixels: decoding, fitting into the network's input, and the changes that training makes to a picture."""
import cv2
import numpy as np

cv2.setNumThreads(1)
WHITE = (255, 255, 255)


def decode(data, name):
    """RGB, height x width x 3."""
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise SystemExit(f"{name}: not a picture that can be read")
    return picture[:, :, ::-1]


def resize(picture, height, width):
    shrinks = height < picture.shape[0]
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def fit(picture, size, background=WHITE):
    """Scales to fit, keeps the aspect, centres on the background. The product does the same before the encoder."""
    height, width = size
    factor = min(height / picture.shape[0], width / picture.shape[1])
    h, w = max(1, round(picture.shape[0] * factor)), max(1, round(picture.shape[1] * factor))
    canvas = np.empty((height, width, 3), np.uint8)
    canvas[:] = background
    top, left = (height - h) // 2, (width - w) // 2
    canvas[top:top + h, left:left + w] = resize(picture, h, w)
    return canvas
