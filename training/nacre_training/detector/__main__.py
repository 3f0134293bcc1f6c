# SPDX-License-Identifier: Apache-2.0
"""python -m nacre_training.detector prepare | train | believe | export | evaluate"""
import argparse
import json
import sys
from pathlib import Path

import torch

from . import evaluate, export, finds, prepare, train


def run(args):
    if args.threads:
        torch.set_num_threads(args.threads)
    if args.action == "prepare":
        prepare.prepare()
    elif args.action == "train":
        print(train.train(args.run, args.minutes, args.begin, args.trunk))
    elif args.action == "believe":
        finds.believe(args.model)
    elif args.action == "export":
        net = train.load(args.run)
        thresholds = evaluate.choose(export.export(net, args.out, args.version), args.part)
        print(export.export(net, args.out, args.version, thresholds))
    else:
        for model in args.model:
            results = evaluate.evaluate(model, part=args.part)
            print(f"{model}\n{evaluate.text(results)}")
            if args.json:
                Path(args.json).write_text(json.dumps(results, indent=1))


def main():
    parser = argparse.ArgumentParser(prog="python -m nacre_training.detector")
    actions = parser.add_subparsers(dest="action", required=True)
    for name, text in (("prepare", "write .seg label files for ../shared/data (10 minutes)"),
                       ("train", "train; the same command goes on where it was stopped"),
                       ("believe", "take boxes that no source tells from what a detector finds"),
                       ("export", "choose the working points and write a run's detector as ONNX"),
                       ("evaluate", "print the table of quality, domain by domain")):
        action = actions.add_parser(name, help=text)
        action.add_argument("--threads", type=int, default=0, help="that PyTorch uses; 0: all")
        if name in ("train", "export"):
            action.add_argument("--run", default="detector", help="folder under training/runs")
        if name == "train":
            action.add_argument("--minutes", type=float, default=64, help="how long, over all its starts")
            action.add_argument("--from", dest="begin", metavar="MODEL", help="a detector.onnx to begin with")
            action.add_argument("--trunk", metavar="MODEL", help="an encoder.onnx, whose blocks a new detector begins with")
        if name == "believe":
            action.add_argument("--model", required=True, help="a detector.onnx")
        if name == "export":
            action.add_argument("--out", required=True, help="the ONNX file to write")
            action.add_argument("--version", default="1")
        if name == "evaluate":
            action.add_argument("--model", action="append", required=True, help="a detector.onnx; may be given several times")
            action.add_argument("--json", help="write the figures here as well")
        if name in ("export", "evaluate"):
            action.add_argument("--part", type=int, default=1, help="look at one of so many photos")
    run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
