# SPDX-License-Identifier: Apache-2.0
"""The binding against NumPy's own arithmetic."""
import os
import tempfile
import unittest

import numpy as np

import nacre


def naive(shape, colour, s, c, weights):
    def count(codes, code):
        return np.unpackbits(codes ^ code, axis=1).sum(axis=1, dtype=int)
    return weights[0] * count(shape, s) + weights[1] * count(colour, c)


class Binding(unittest.TestCase):
    def setUp(self):
        rng = np.random.default_rng(1)
        self.shape, self.colour = rng.integers(0, 256, (2, 3000, 16), dtype=np.uint8)
        self.price = rng.integers(1, 1000, 3000)
        self.index = nacre.Index(model="test", threads=2)
        self.index.put(np.arange(3000), self.shape, self.colour, category=np.arange(3000) % 3, price=self.price,
                       shop=np.arange(3000) % 7)
        self.index.commit()

    def test_hits_are_the_nearest(self):
        for weights in ((1, 1), (2, 8), (255, 0)):
            hits = self.index.search(self.shape[:5], self.colour[:5], 20, weights=weights)
            for i, row in enumerate(hits):
                expected = naive(self.shape, self.colour, self.shape[i], self.colour[i], weights)
                order = np.lexsort((np.arange(3000), expected))[:20]
                self.assertEqual(row["item"].tolist(), order.tolist())
                self.assertEqual(row["distance"].tolist(), expected[order].tolist())

    def test_lists(self):
        index = nacre.Index(coarse_items=1)
        index.put(np.arange(3000), self.shape, self.colour)
        index.commit()
        while index.statistics()["coarse_items"] < 3000:
            index.commit()
        query = self.shape[:5], self.colour[:5], 20
        exact = index.search(*query)
        self.assertEqual(index.search(*query, lists=2**16 - 1).tolist(), exact.tolist())
        few = index.search(*query, lists=1)
        self.assertEqual(few["distance"][:, 0].tolist(), [0] * 5)
        self.assertTrue((few["distance"] >= exact["distance"]).all())

    def test_filters(self):
        hits, found = self.index.search(self.shape[0], self.colour[0], 1000, categories=[1], shops=[2, 5],
                                        price=(100, 500), not_product=1, with_found=True)
        n = np.arange(3000)
        wanted = (n % 3 == 1) & np.isin(n % 7, [2, 5]) & (self.price >= 100) & (self.price <= 500) & (n != 1)
        self.assertEqual(sorted(hits[0]["item"][: found[0]]), n[wanted].tolist())

    def test_changes_and_snapshot(self):
        self.index.remove([5])
        self.index.update([6], price=10**6)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "index")
            self.index.save(path)
            again = nacre.Index(model="test", path=path)
            with self.assertRaisesRegex(nacre.Error, "of model"):
                nacre.Index(model="another", path=path)
        self.assertEqual(again.statistics()["items"], 2999)
        hit = again.search(self.shape[6], self.colour[6], 1, price=(10**6, 10**6))[0, 0]
        self.assertEqual((hit["item"], hit["distance"]), (6, 0))

    def test_errors(self):
        with self.assertRaisesRegex(nacre.Error, "both 0"):
            self.index.search(self.shape[0], self.colour[0], weights=(0, 0))
        with self.assertRaisesRegex(ValueError, "shape"):
            self.index.search(self.shape[0, :8], self.colour[0])


if __name__ == "__main__":
    unittest.main()
