# SPDX-License-Identifier: Apache-2.0
"""What training wants of every place: the objects' groups, boxes and masks.

Places are given to objects by how well they already find them (TOOD: Feng et al. 2021, arXiv:2108.07755), the score to
reach is how well. Of an object whose group is one of several, the sum of the allowed groups' probabilities counts; a
group that is not marked completely on a photo is never taught as absent there.
"""
import torch
from torch.nn import functional as F

from . import groups, network

NEAREST = 10                        # places an object gets
ALIGN = 4.0                         # weight of the overlap against the score
DOUBTFUL = 0.6                      # the overlap that counts where the box is not known
MASKS = 80                          # places a batch whose masks are compared
FINER = 2                           # times a side, the maps on which they are
MEMBERS = F.one_hot(torch.from_numpy(groups.FAMILY)).float()    # groups x families
WEIGHT = {"class": 1.0, "box": 2.0, "side": 0.4, "mask": 1.5}


def overlaps(a, b):
    """IoU of boxes [..., 4], and the share of their hull that is in neither."""
    left, right = torch.maximum(a[..., :2], b[..., :2]), torch.minimum(a[..., 2:], b[..., 2:])
    common = (right - left).clamp(min=0).prod(-1)
    whole = (a[..., 2:] - a[..., :2]).clamp(min=0).prod(-1) + (b[..., 2:] - b[..., :2]).clamp(min=0).prod(-1) - common
    hull = (torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])).prod(-1)
    return common / (whole + 1e-7), (hull - whole) / (hull + 1e-7)


def union(logits, allowed):
    """The logit of «one of the allowed groups»: 1 - product of (1 - p)."""
    total = (F.softplus(logits) * allowed).sum(-1)
    return total + torch.log(-torch.expm1(-total.clamp(min=1e-6)))


def assign(logits, found, points, strides, sample):
    """For one photo: which object each place belongs to (-1: none), and the score it should reach."""
    allowed, boxes, certain = (torch.from_numpy(v) for v in (sample.allowed, sample.boxes, sample.certain))
    places = len(points)
    if not len(boxes):
        return torch.full((places,), -1), torch.zeros(places)
    scores = torch.sigmoid(union(logits[None], allowed[:, None].float()))                    # objects x places
    iou, _ = overlaps(found[None], boxes[:, None])
    # Nobody knows the box: places in the middle half, on the levels that see large things.
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]) / 4
    central = ((points[None] - middle[:, None]).abs() < half[:, None]).all(-1) & (strides[:, 0] > 8)[None]
    inside = ((points[None] > boxes[:, None, :2]) & (points[None] < boxes[:, None, 2:])).all(-1)
    # A thing smaller than the distance between places has the nearest place.
    distance = (points[None] - middle[:, None]).square().sum(-1)
    inside |= ~inside.any(1, keepdim=True) & (distance == distance.amin(1, keepdim=True))
    inside = torch.where(certain[:, None], inside, central)
    iou = torch.where(certain[:, None], iou, torch.full_like(iou, DOUBTFUL)) * inside
    metric = scores * iou.pow(ALIGN) * inside
    # early on nothing overlaps: the middle breaks ties
    metric = metric + 1e-9 * inside / (1 + distance)
    best, index = metric.topk(min(NEAREST, places), 1)
    chosen = torch.zeros_like(metric, dtype=torch.bool).scatter_(1, index, best > 0)
    value = torch.where(chosen, iou + 1e-6, torch.zeros_like(iou))
    most, owner = value.max(0)
    owner = torch.where(most > 0, owner, torch.full_like(owner, -1))
    reach = metric / metric.amax(1, keepdim=True).clamp(min=1e-12) * (iou * chosen).amax(1, keepdim=True)
    target = torch.where(owner >= 0, reach.gather(0, owner.clamp(min=0)[None])[0], torch.zeros(places))
    return owner, target.clamp(0, 1)


def class_loss(logits, owner, target, sample):
    """Cross-entropy of scores with what they should reach, over all places and the groups that are known."""
    known = torch.from_numpy(sample.known)
    absent = known[None].expand_as(logits).clone()
    positive = owner >= 0
    loss = logits.new_zeros(())
    if len(sample.boxes):
        allowed = torch.from_numpy(sample.allowed)
        absent[positive] &= ~allowed[owner[positive]]
        for i in range(len(allowed)):
            if not sample.certain[i]:       # its other places may lie on it as well
                absent &= ~allowed[i]
        found = union(logits[positive], allowed[owner[positive]].float())
        loss = F.binary_cross_entropy_with_logits(found, target[positive], reduction="sum")
    # What is absent: the surer the network is of it, the more it counts (Li et al. 2020: varifocal). Sure of a family, as
    # the groups of one are weighed against another's together: were each let be for its own small score, the family of
    # three would beat the family of two.
    family = (F.softplus(logits) * absent) @ MEMBERS
    return loss + 0.75 * (family * (1 - torch.exp(-family.detach())).square()).sum()


def objective(outputs, samples, points, strides):
    """The loss by parts, for a batch; each is worth the same however many objects there are."""
    logits, distances, coefficients, prototypes = (value.float() for value in outputs)
    found = network.boxes(distances.detach(), points, strides)
    parts = {name: logits.new_zeros(()) for name in WEIGHT}
    total, chosen, goals, shares, masked = 0.0, [], [], [], []
    for n, (sample, seen) in enumerate(zip(samples, logits.unbind())):
        with torch.no_grad():
            owner, target = assign(seen, found[n], points, strides, sample)
        parts["class"] = parts["class"] + class_loss(seen, owner, target, sample)
        total += float(target.sum())
        if not len(sample.boxes):
            continue
        place = torch.nonzero((owner >= 0) & torch.from_numpy(sample.certain)[owner.clamp(min=0)])[:, 0]
        goals.append(torch.from_numpy(sample.boxes)[owner[place]])
        shares.append(target[place])
        chosen.append(torch.stack([torch.full_like(place, n), place], 1))
        masked += [(n, int(p), int(owner[p])) for p in place if sample.masks[owner[p]] is not None]
    total = max(total, 1.0)
    if chosen and sum(map(len, chosen)):
        n, place = torch.cat(chosen).unbind(1)
        parts["box"], parts["side"] = box_loss(distances[n, place], points[place], strides[place], torch.cat(goals),
                                               torch.cat(shares).clamp(min=0.05))
    parts = {name: WEIGHT[name] * value / total for name, value in parts.items()}
    parts["mask"] = WEIGHT["mask"] * mask_loss(coefficients, prototypes, samples, masked)
    return parts


def box_loss(distances, points, strides, goal, shares):
    """How far the boxes are from where they should be (Rezatofighi et al. 2019: generalised IoU), and the distributions."""
    iou, outside = overlaps(network.boxes(distances, points, strides), goal)
    sides = torch.cat([points - goal[:, :2], goal[:, 2:] - points], 1) / strides
    sides = sides.clamp(0, network.DISTANCES - 1.01)
    low = sides.long()
    part = sides - low
    logs = F.log_softmax(distances.unflatten(-1, (4, network.DISTANCES)), -1)
    side = -(logs.gather(-1, low[..., None])[..., 0] * (1 - part) + logs.gather(-1, low[..., None] + 1)[..., 0] * part)
    return ((1 - iou + outside) * shares).sum(), (side.mean(1) * shares).sum()


def mask_loss(coefficients, prototypes, samples, chosen):
    """Cross-entropy inside the object's box, each object alike, and the overlap (dice), on maps drawn larger as the product
    draws them: what is thinner than their cells, a belt, shows between them."""
    if not chosen:
        return prototypes.new_zeros(())
    if len(chosen) > MASKS:
        chosen = sorted(chosen[i] for i in torch.randperm(len(chosen))[:MASKS].tolist())
    rough = prototypes.shape[2:]
    height, width = (FINER * side for side in rough)
    n, place, _ = (torch.tensor(v) for v in zip(*chosen))
    wanted = coefficients[n, place]
    drawn = torch.cat([wanted[n == i] @ maps.flatten(1) for i, maps in enumerate(prototypes.unbind()) if (n == i).any()])
    drawn = F.interpolate(drawn.unflatten(1, rough)[:, None], scale_factor=FINER, mode="bilinear")[:, 0]
    shrunk = {}
    for i, o in {(i, o) for i, _, o in chosen}:
        mask = torch.from_numpy(samples[i].masks[o]).float()
        shrunk[i, o] = F.avg_pool2d(mask[None, None], mask.shape[0] // height)[0, 0]
    goal = torch.stack([shrunk[i, o] for i, _, o in chosen])
    box = torch.stack([torch.from_numpy(samples[i].boxes[o]) for i, _, o in chosen]) / (samples[0].pixels.shape[0] / height)
    y, x = torch.arange(height) + 0.5, torch.arange(width) + 0.5
    inside = (((x > box[:, None, 0] - FINER) & (x < box[:, None, 2] + FINER))[:, None, :]
              & ((y > box[:, None, 1] - FINER) & (y < box[:, None, 3] + FINER))[:, :, None]).float()
    entropy = F.binary_cross_entropy_with_logits(drawn, goal, reduction="none")
    entropy = (entropy * inside).sum((1, 2)) / inside.sum((1, 2)).clamp(min=1)
    p = torch.sigmoid(drawn) * inside
    dice = 1 - 2 * (p * goal).sum((1, 2)) / (p.sum((1, 2)) + (goal * inside).sum((1, 2))).clamp(min=1e-3)
    return (entropy + 0.5 * dice).mean()
