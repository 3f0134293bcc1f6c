# SPDX-License-Identifier: Apache-2.0
"""Makes rankings.tsv: ranked lists of grades with the figures that public libraries give them.

    python3 -m venv /tmp/v && /tmp/v/bin/pip install scikit-learn==1.9.1 pytrec-eval-terrier==0.5.11 && /tmp/v/bin/python tests/evaluate/make_rankings.py

P@k, R@k (trec_eval's success), mAP and nDCG@10 are trec_eval's (pytrec_eval); its nDCG takes the gain itself, so it is
given 2^grade - 1. scikit-learn's average_precision_score and ndcg_score must agree before a line is written.
"""
import pathlib

import numpy as np
import pytrec_eval
from sklearn import metrics

FILE = pathlib.Path(__file__).parent / "rankings.tsv"
MEASURES = ["P_1", "P_5", "P_10", "success_1", "success_5", "success_10", "map", "ndcg_cut_10"]


def main():
    random = np.random.default_rng(4)
    lines = ["grades\t" + "\t".join(MEASURES)]
    for number in range(40):
        count = int(random.integers(2, 60))
        grades = random.choice(4, count, p=[0.7, 0.1, 0.1, 0.1]) * (random.random(count) < random.random())
        if not grades.any():
            grades[random.integers(count)] = random.integers(1, 4)
        scores = np.arange(count, 0, -1)
        truth = {"q": {f"d{i}": int(2 ** g - 1) for i, g in enumerate(grades)}}
        run = {"q": {f"d{i}": float(s) for i, s in enumerate(scores)}}
        figures = pytrec_eval.RelevanceEvaluator(truth, {"P.1,5,10", "success.1,5,10", "map", "ndcg_cut.10"}).evaluate(run)["q"]
        assert abs(figures["map"] - metrics.average_precision_score(grades > 0, scores)) < 1e-9
        assert abs(figures["ndcg_cut_10"] - metrics.ndcg_score([2.0 ** grades - 1], [scores], k=10)) < 1e-9
        lines.append("".join(map(str, grades)) + "\t" + "\t".join(f"{figures[m]:.12f}" for m in MEASURES))
    FILE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
