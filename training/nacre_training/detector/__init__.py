# SPDX-License-Identifier: Apache-2.0
"""The detector: every item on a photo with its group, box and mask. From label files to models/detector.onnx."""
