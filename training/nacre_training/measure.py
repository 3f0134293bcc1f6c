# SPDX-License-Identifier: Apache-2.0
"""The formulas of the table, on plain arrays: similarities in, one number a query out."""
import numpy as np


def order(similarity):
    """Gallery numbers, best first; of equals the earlier one first."""
    return np.argsort(-similarity, axis=1, kind="stable")


def best(similarity, k):
    """The first k of `order`."""
    if similarity.shape[1] > 20 * k:        # sort only those that reach the k-th value
        edge = -np.partition(-similarity, k - 1, axis=1)[:, k - 1:k]
        return np.array([[c for c in sorted(np.flatnonzero(row >= least), key=lambda c: (-row[c], c))][:k]
                         for row, least in zip(similarity, edge)])
    return order(similarity)[:, :k]


def precision(similarity, relevant, k=10):
    """Share of right ones among the first k, query by query."""
    first = best(similarity, k)
    return np.take_along_axis(relevant, first, 1).mean(1)


def recall(similarity, relevant, k):
    """1 where one of the right ones is among the first k, query by query."""
    first = best(similarity, k)
    return np.take_along_axis(relevant, first, 1).any(1).astype(float)


def average_precision(similarity, relevant):
    """The mean, over the right ones, of the precision at each one's rank."""
    hits = np.take_along_axis(relevant, order(similarity), 1).astype(float)
    precisions = hits.cumsum(1) / np.arange(1, hits.shape[1] + 1)
    return (precisions * hits).sum(1) / np.maximum(hits.sum(1), 1)


def interval(values, rounds=500, seed=7):
    """The mean's 95 % interval: bootstrap over queries."""
    random = np.random.default_rng(seed)
    values = np.asarray(values, float)
    means = [values[random.integers(0, len(values), len(values))].mean() for _ in range(rounds)]
    return np.quantile(means, 0.025), np.quantile(means, 0.975)


def probe(train, target, test, steps=200, likely=False):
    """A linear classifier on `train` (logistic regression, a little weight decay): its answers for `test`, or with
    `likely` each class's probability."""
    import torch
    torch.manual_seed(0)
    centre, scale = train.mean(0), train.std(0) + 1e-3
    x, y = (torch.from_numpy(((a - centre) / scale).astype(np.float32)) for a in (train, test))
    t = torch.as_tensor(target)
    layer = torch.nn.Linear(x.shape[1], int(t.max()) + 1)
    torch.nn.init.zeros_(layer.weight)
    optimizer = torch.optim.AdamW(layer.parameters(), lr=0.02, weight_decay=0.3)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = 0.02 * (1 - step / steps)
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(layer(x), t).backward()
        optimizer.step()
    with torch.no_grad():
        return torch.softmax(layer(y), 1).numpy() if likely else layer(y).argmax(1).numpy()
