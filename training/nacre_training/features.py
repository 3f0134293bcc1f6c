# SPDX-License-Identifier: Apache-2.0
"""What the frozen, ImageNet-trained network sees in every picture, kept on disk: the heads are trained on this in
minutes, and it is the «pooled floats» baseline. ONNX Runtime computes it twice as fast as PyTorch on a CPU."""
import time

import numpy as np
import torch
from numpy.lib.format import open_memmap

from . import augment, backbone, sources
from .encoder import DEEP_CHANNELS, MIDDLE, MIDDLE_CHANNELS, SIZE
from .pictures import fit

DATA = sources.WORK / "data"
PLAIN, VARIED = DATA / "frozen", DATA / "varied"
BATCH = 32


class Maps(torch.nn.Module):
    """The middle map, and the map before block `last`."""

    def __init__(self, net, last):
        super().__init__()
        self.net, self.last = net, last

    def forward(self, x):
        middle = self.net.lower(x, MIDDLE)
        return middle, self.net.between(middle, MIDDLE, self.last)


def frozen(net, path, last=backbone.BLOCKS, threads=0):
    """A function from pictures to `Maps`. `threads` of 0: one per processor."""
    import onnxruntime
    free = {0: "n", 2: "h", 3: "w"}
    torch.onnx.export(Maps(net, last).eval(), (torch.zeros(2, 3, *SIZE),), path, dynamo=False, opset_version=17,
                      input_names=["pictures"], output_names=["middle", "last"],
                      dynamic_axes={"pictures": free, "middle": free, "last": free})
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.intra_op_num_threads = threads
    run = onnxruntime.InferenceSession(path, options)
    return lambda pictures: run.run(None, {"pictures": pictures})


def thumbnail(pictures):
    """Each 8 x 8 pixels' mean."""
    n, channels, height, width = pictures.shape
    return pictures.reshape(n, channels, height // 8, 8, width // 8, 8).mean((3, 5))


def normalise(pictures):
    """uint8 [n, height, width, 3] -> what the network takes."""
    x = (np.asarray(pictures, np.float32) / 255 - backbone.MEAN) / backbone.STD
    return np.ascontiguousarray(x.transpose(0, 3, 1, 2))


def plain(number, picture):
    return picture.pixels(), False


class Varied:
    """A view as a photo might show it (`augment`); the same one at every run."""

    def __init__(self):
        self.grounds = augment.backgrounds(augment.ROOMS, augment.STREETS)

    def __call__(self, number, picture):
        random = np.random.default_rng(number)
        return augment.view(picture.pixels(), random, self.grounds, picture.domain == "studio")


def varied_rows(pictures):
    """Which pictures get varied views as well, two for each of the few users' photos; the small ones need none."""
    user, studio = ([n for n, p in enumerate(pictures) if p.domain == domain and p.split == "train" and p.size != "small"]
                    for domain in ("user", "studio"))
    return np.random.default_rng(5).permutation(user + user + studio)


def extract(pictures, folder, see=plain):
    """Writes thumbnails, middle and deep maps, in the order of `pictures`; goes on where it was stopped."""
    folder.mkdir(parents=True, exist_ok=True)
    n, (h, w) = len(pictures), SIZE
    half = np.float16
    shapes = {"thumbnail": ((n, 3, h // 8, w // 8), half), "middle": ((n, MIDDLE_CHANNELS, h // 8, w // 8), half),
              "deep": ((n, DEEP_CHANNELS, h // 32, w // 32), half), "recoloured": ((n,), bool)}
    done = ready(folder)
    files = {name: open_memmap(folder / f"{name}.npy", "r+" if done else "w+", *(() if done else (dtype, shape)))
             for name, (shape, dtype) in shapes.items()}
    if len(files["deep"]) != n:
        raise SystemExit(f"{folder}: holds {len(files['deep'])} pictures, the data now has {n}; remove it and run again")
    run = frozen(backbone.pretrained(), str(folder / "backbone.onnx"))
    start, first = time.time(), done
    while done < n:
        some = range(done, min(n, done + BATCH))
        seen = [see(number, pictures[number]) for number in some]
        x = normalise([fit(pixels, SIZE) for pixels, _ in seen])
        end = done + len(some)
        files["thumbnail"][done:end] = thumbnail(x)
        files["middle"][done:end], files["deep"][done:end] = run(x)
        files["recoloured"][done:end] = [recoloured for _, recoloured in seen]
        done = end
        (folder / "done").write_text(str(done))
        if done // BATCH % 20 == 0 or done == n:
            print(f"features: {done} of {n}, {(done - first) / (time.time() - start):.0f} a second", flush=True)


def prepare(pictures):
    extract(pictures, PLAIN)
    extract([pictures[n] for n in varied_rows(pictures)], VARIED, Varied())


def ready(folder):
    """How many pictures' maps are there."""
    return int((folder / "done").read_text()) if (folder / "done").exists() else 0


def load(folder):
    return {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("thumbnail", "middle", "deep", "recoloured")}
