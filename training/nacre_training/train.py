# SPDX-License-Identifier: Apache-2.0
"""Training, in two stages: `heads` on the stored maps of the frozen network, then `upper` inside the network.

Every stage writes a checkpoint as it goes; the same command goes on from it.
"""
import math
import queue
import threading
import time
from collections import Counter
from functools import partial

import numpy as np
import torch

from . import augment, backbone, features, labelled, shipped, sources
from .classes import Classes
from .encoder import MIDDLE, SIZE, Encoder
from .labels import UNKNOWN, Labels
from .objective import Objective, bits, total
from .pictures import fit

RUNS = sources.WORK / "runs"
HEADS_RATE = 2e-3
FOUND_FROM = 24      # batches that the classes' points are found from, where training goes on from an exported network
AVERAGE = 0.995      # of the moving average, a step
FRAMED = 0.5         # of the views are of what a detector cuts out, as searches are; the others of the whole picture
DROP = 0.2           # of the pictures, that skip the last block; fewer skip earlier ones
# How often a picture is seen, so that small domains count.
SHARE = {"user": 2.0, "street": 1.0, "full": 1.5, "large": 1.5, "small": 0.7}


class Setting:
    """The pictures, their labels and the networks: what both stages share."""

    def __init__(self, pictures=None, seed=1):
        torch.manual_seed(seed)
        self.pictures = pictures or [*sources.everything(), *labelled.streets()]
        self.classes = Classes()
        self.labels = Labels(self.pictures, self.classes)
        self.encoder = Encoder([form for form, _ in self.classes.pairs])
        self.encoder.backbone = backbone.pretrained()
        self.objective = Objective(self.encoder.heads, len(self.labels.colours), len(self.classes.labels))
        self.chosen = np.array([n for n, p in enumerate(self.pictures)
                                if p.split == "train" and self.labels.possible[n].any()])
        weights = np.array([SHARE[self.pictures[n].size or self.pictures[n].domain] for n in self.chosen])
        self.weights = weights / weights.sum()

    def target(self, rows):
        return {"possible": torch.from_numpy(self.labels.possible[rows]),
                **{name: torch.from_numpy(getattr(self.labels, name)[rows])
                   for name in ("colour", "pattern", "label", "shop")}}

    def state(self, **more):
        return {"encoder": self.encoder.state_dict(), "objective": self.objective.state_dict(), **more}

    def load(self, path):
        state = torch.load(path, map_location="cpu", weights_only=True)
        self.encoder.load_state_dict(state["encoder"])
        self.objective.load_state_dict(state["objective"])
        return state

    def load_average(self, path):
        """The weights that ship: their moving average where the stage keeps one."""
        state = self.load(path)
        if "average" in state:
            own = {name.removeprefix("module."): value for name, value in state["average"].items() if name != "n_averaged"}
            self.encoder.load_state_dict(own)


    def go_on_from(self, file):
        """The weights of an exported network. The points of the classes, which no file holds, are their mean codes."""
        shipped.load(self.encoder, file, "encoder.")
        views, random = Views(self), np.random.default_rng(1)
        rows = np.array([row for _ in range(FOUND_FROM) for row in views.choose(random)])
        shape, colour = [], []
        with torch.no_grad():
            for some in np.array_split(rows, FOUND_FROM):
                pictures = [fit(self.pictures[n].pixels(), SIZE) for n in some]
                seen = self.encoder(torch.from_numpy(features.normalise(pictures)))
                shape.append(bits(seen.shape))
                colour.append(bits(seen.colour))
        target, shape, colour = self.target(rows), torch.cat(shape), torch.cat(colour)
        forms = (target["possible"].float() @ self.encoder.heads.form_of_pair > 0).float()
        self.objective.shape.stand_in(shape, forms)
        self.objective.colour.stand_in(colour, members(target["colour"], self.objective.colour))
        self.objective.pattern.stand_in(colour, members(target["pattern"], self.objective.pattern))


def members(target, proxies):
    return torch.stack([target == n for n in range(len(proxies.points))], 1).float()


def save(state, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    torch.save(state, beside)
    beside.replace(path)


def ahead(make, depth=4, threads=1):
    """Endless batches, made by threads while the network works; closing the generator ends the threads."""
    ready, ended = queue.Queue(depth), threading.Event()

    def put(batch):
        while not ended.is_set():
            try:
                return ready.put(batch, timeout=0.2)
            except queue.Full:
                pass

    def work(seed):
        random = np.random.default_rng(seed)
        try:
            while not ended.is_set():
                put(make(random))
        except Exception as fault:      # the trainer must hear of it, or would wait for ever
            put(fault)

    workers = [threading.Thread(target=work, args=(int(time.time() * 1000) + n,), daemon=True) for n in range(threads)]
    for worker in workers:
        worker.start()
    try:
        while True:
            batch = ready.get()
            if isinstance(batch, Exception):
                raise batch
            yield batch
    finally:
        ended.set()
        for worker in workers:
            worker.join()


class Stored:
    """Batches of stored maps: each picture as it is or, where there are, in one of its varied views; half of them mirrored."""

    def __init__(self, setting):
        self.setting = setting
        self.maps = [features.load(features.PLAIN), features.load(features.VARIED)]
        self.views = {n: [(0, n)] for n in setting.chosen if n < features.ready(features.PLAIN)}
        for place, n in enumerate(features.varied_rows(setting.pictures)[:features.ready(features.VARIED)]):
            self.views[n].append((1, place))
        self.rows = np.array(list(self.views))
        weights = dict(zip(setting.chosen, setting.weights))
        self.weights = np.array([weights[n] for n in self.rows]) / sum(weights[n] for n in self.rows)

    def batch(self, random, size):
        rows = random.choice(self.rows, min(size, len(self.rows)), replace=False, p=self.weights)
        chosen = [self.views[n][random.integers(len(self.views[n]))] for n in rows]
        maps = []
        mirrored = random.random(len(rows)) < 0.5
        for name in ("thumbnail", "middle", "deep"):
            values = np.stack([self.maps[folder][name][place] for folder, place in chosen])
            values[mirrored] = values[mirrored, :, :, ::-1]
            maps.append(torch.from_numpy(values).bfloat16())
        target = self.setting.target(rows)
        recoloured = torch.tensor([bool(self.maps[folder]["recoloured"][place]) for folder, place in chosen])
        target["colour"] = torch.where(recoloured, UNKNOWN, target["colour"])
        return maps, target


def heads(setting, run, steps, batch):
    """The widening layer and the heads, on stored maps; minutes. Goes on from the run's heads where there are some."""
    path = RUNS / run / "heads.pt"
    if path.exists():
        setting.load(path)
    stored, encoder, objective = Stored(setting), setting.encoder, setting.objective
    learnt = [*encoder.heads.parameters(), *objective.parameters(), *encoder.backbone.top.parameters()]
    optimizer = torch.optim.AdamW(learnt, lr=HEADS_RATE, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, HEADS_RATE, total_steps=steps, pct_start=0.1)
    batches = ahead(partial(stored.batch, size=batch))
    encoder.train()
    start, kept = time.time(), {}
    for step in range(steps):
        maps, target = next(batches)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            seen = encoder.from_maps(*maps)
        seen = type(seen)(*(value.float() for value in seen))
        parts = objective(encoder.heads, seen, target)
        optimizer.zero_grad()
        total(parts).backward()
        torch.nn.utils.clip_grad_norm_(learnt, 5.0)
        optimizer.step()
        schedule.step()
        report(f"step {step + 1} of {steps}", batch * (step + 1) / (time.time() - start), parts, kept, step % 20 == 19)
    save(setting.state(), path)
    return path


class Views:
    """Batches of two views a product, half of a form's products against each other: the likest are the hardest to tell
    apart. The first view is nearly as the shop shows it, the second as a photo might."""

    def __init__(self, setting, forms=8, products=4, photos=24, streets=12):
        self.setting, self.counts = setting, (forms, products)
        rooms = augment.backgrounds(augment.ROOMS)
        self.grounds = {"studio": rooms + augment.backgrounds(augment.STREETS), "user": rooms, "street": ()}
        self.of_form = {}
        taken = {"user": [], "street": []}
        for n, weight in zip(setting.chosen, setting.weights):
            picture = setting.pictures[n]
            if picture.domain in taken:
                taken[picture.domain].append(n)
            else:
                form = setting.classes.form(picture.type, picture.title)
                self.of_form.setdefault(form, []).append((n, weight))
        self.taken = []         # photos' numbers, how often each is seen, how many a batch
        for domain, count in (("user", photos), ("street", streets)):
            if taken[domain]:
                labels = [setting.pictures[n].label or setting.pictures[n].nodes for n in taken[domain]]
                often = Counter(labels)
                rare = np.array([often[label] ** -0.5 for label in labels])     # rare labels more often
                self.taken.append((taken[domain], rare / rare.sum(), count))
        self.forms = sorted(self.of_form)
        share = np.array([sum(weight for _, weight in self.of_form[form]) for form in self.forms]) ** 0.6
        self.share = share / share.sum()

    def choose(self, random):
        forms, products = self.counts
        rows = [n for photos, share, count in self.taken for n in random.choice(photos, count, replace=False, p=share)]
        for form in random.choice(self.forms, min(forms, len(self.forms)), replace=False, p=self.share):
            numbers, weights = zip(*self.of_form[form])
            rows += list(random.choice(numbers, products, p=np.array(weights) / sum(weights)))
        return rows

    def batch(self, random, size):
        rows = self.choose(random)
        setting, both, recoloured = self.setting, [], []
        shown = [(p.domain, p.pixels(), labelled.item(p), labelled.frame(p))
                 for p in (setting.pictures[row] for row in rows)]
        for strong in (False, True):
            for domain, photo, item, frame in shown:
                if random.random() < FRAMED:
                    photo, item = augment.part(photo, frame), None if item is None else augment.part(item, frame)
                pixels, other = augment.view(photo, random, self.grounds[domain], domain == "studio", strong, item)
                both.append(fit(pixels, size))
                recoloured.append(other)
        recoloured = torch.tensor(recoloured)
        rows = np.array(rows + rows)
        target = setting.target(rows)
        target["product"] = torch.from_numpy(rows)
        target["colour product"] = torch.where(recoloured, -1 - torch.arange(len(rows)), target["product"])
        target["colour"] = torch.where(recoloured, UNKNOWN, target["colour"])
        return features.normalise(both), target


def upper(setting, run, minutes=110, frozen=MIDDLE, begin=None, small=(192, 160), small_part=0.6, rate=3e-4, every=50):
    """The upper blocks and everything after them, inside the network, for so many minutes of work: first on small
    pictures, then at full size. The rate follows the share of the minutes that is spent, whatever machine this is.
    `begin`: an exported network to begin with; else it begins with the run's heads.
    What ships is the moving average of the weights, which is a little better than the last ones."""
    path = RUNS / run / "upper.pt"
    encoder, objective = setting.encoder, setting.objective
    encoder.to(memory_format=torch.channels_last)
    for p in encoder.backbone.parameters():
        p.requires_grad_(False)
    encoder.backbone.drop(DROP)
    inside = [*(p for block in encoder.backbone.blocks[frozen:] for p in block.parameters()),
              *encoder.backbone.top.parameters()]
    for p in inside:
        p.requires_grad_(True)
    groups = [{"params": inside, "peak": rate}, {"params": [*encoder.heads.parameters()], "peak": 5 * rate},
              {"params": [*objective.parameters()], "peak": 5 * rate}]
    optimizer = torch.optim.AdamW(groups, lr=rate, weight_decay=0.02)
    average = torch.optim.swa_utils.AveragedModel(
        encoder, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGE), use_buffers=True)
    done, step = 0.0, 0
    if path.exists():
        state = setting.load(path)
        optimizer.load_state_dict(state["optimizer"])
        average.load_state_dict(state["average"])
        done, step = state["minutes"], state["step"]
    elif begin:
        setting.go_on_from(begin)
    elif (path.parent / "heads.pt").exists():
        setting.load(path.parent / "heads.pt")
    views = Views(setting)

    path.parent.mkdir(parents=True, exist_ok=True)
    below = features.frozen(encoder.backbone, str(path.with_suffix(".onnx")), frozen, threads=1)
    narrow = backbone.narrow()

    def prepared(random, size):
        pictures, target = views.batch(random, size)
        return torch.from_numpy(features.thumbnail(pictures)), below(pictures), target

    size, kept, start, first = None, {}, time.time(), step
    encoder.train()
    while done < minutes:
        now, part = time.time(), done / minutes
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * min(1.0, (step + 1) / 50) * (0.01 + 0.99 * math.cos(math.pi / 2 * part) ** 2)
        if size != (small if part < small_part else SIZE):
            size = small if part < small_part else SIZE
            batches = ahead(partial(prepared, size=size))
        thumbnail, maps, target = next(batches)
        middle, last = (torch.from_numpy(a).to(torch.bfloat16 if narrow else torch.float32, memory_format=torch.channels_last)
                        for a in maps)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=narrow):
            deep = encoder.backbone.between(last, frozen)
            seen = encoder.from_maps(thumbnail, middle, deep)
        seen = type(seen)(*(value.float() for value in seen))
        parts = objective(encoder.heads, seen, target)
        optimizer.zero_grad()
        total(parts).backward()
        torch.nn.utils.clip_grad_norm_(inside, 5.0)
        optimizer.step()
        average.update_parameters(encoder)
        step += 1
        report(f"{done:.1f} of {minutes} minutes, step {step}", (step - first) * len(thumbnail) / (time.time() - start),
               parts, kept, step % 20 == 0)
        done += (time.time() - now) / 60
        if step % every == 0 or done >= minutes:
            save(setting.state(optimizer=optimizer.state_dict(), average=average.state_dict(), minutes=done, step=step),
                 path)
    return path


def report(where, rate, parts, kept, now):
    for name, value in parts.items():
        value = float(value.detach())
        kept[name] = 0.95 * kept.get(name, value) + 0.05 * value
    if now:
        print(f"{where}, {rate:.0f} a second: " + ", ".join(f"{name} {value:.3f}" for name, value in kept.items()),
              flush=True)
