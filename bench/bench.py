# SPDX-License-Identifier: Apache-2.0
"""nacre's index against FAISS, USearch and PostgreSQL: the same data, the same answers, one process, by turns.

Each case runs its engines by turns for some rounds and reports the median of the rounds' ratios and their
quartiles; a ratio above 1 means that nacre is ahead. Work of one thread is timed in the thread's own processor
time, so that a busy machine disturbs less; work of several threads on the clock. Every answer is compared:
the distances must be equal (peers break ties in other ways).
"""
import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

os.environ["OMP_WAIT_POLICY"] = "passive"  # else FAISS's threads go on spinning while the others are timed

import faiss  # noqa: E402
import numpy as np  # noqa: E402
import nacre  # noqa: E402
from usearch.index import MetricKind, search as usearch_search

K = 50
CATEGORIES = 205
SEED = 20260101
NOT_EQUAL = []


def million(n):
    return f"{n // 10**6}M" if n >= 10**6 else f"{n // 1000}k"


# ---- Data

def uniform(n, rng):
    return rng.integers(0, 256, (n, 32), dtype=np.uint8)


def noisy(codes, n, rng, share=0.08):
    """n codes: those given, repeated, with this share of their bits flipped."""
    out = codes[rng.integers(0, len(codes), n)]
    for start in range(0, n, 1 << 20):
        part = out[start:start + (1 << 20)]
        part ^= np.packbits(rng.random((len(part), 256), dtype=np.float32) < share, axis=1)
    return out


def real_codes():
    """Codes of real pictures, as `nacre encode --json` prints them; None where there are none."""
    path = "build/real-codes.jsonl"
    pictures = "../shared/data/products/pictures"
    if not os.path.exists(path) and os.path.isdir(pictures) and os.path.exists("build/release/nacre"):
        names = sorted(os.path.join(pictures, name) for name in os.listdir(pictures))[::2]
        with open(path, "w") as out:
            subprocess.run(["build/release/nacre", "encode", "--json", *names], stdout=out, stderr=subprocess.DEVNULL)
    if not os.path.exists(path):
        return None
    lines = [json.loads(line) for line in open(path)]
    return np.array([list(bytes.fromhex(e["shape"] + e["colour"])) for e in lines if "shape" in e], np.uint8)


def build(codes, threads=1, coarse_items=0, **columns):
    index = nacre.Index(threads=threads, coarse_items=coarse_items)
    for start in range(0, len(codes), 1 << 20):
        part = slice(start, start + (1 << 20))
        numbers = np.arange(start, start + len(codes[part]))
        index.put(numbers, codes[part, :16], codes[part, 16:], **{k: v[part] for k, v in columns.items()})
    index.commit()
    return index


# ---- Measuring

def timed(call, clock):
    start = clock()
    result = call()
    return clock() - start, result


class Bench:
    def __init__(self):
        self.cases = []

    def compare(self, name, ours, theirs, rounds, clock=time.thread_time, equal=True, goal=None):
        """Runs both by turns. `ours` and `theirs` return distances [queries, k] (or None)."""
        ratios, mine, peers = [], [], []
        for number in range(rounds + 1):
            a, x = timed(ours, clock)
            b, y = timed(theirs, clock)
            if number == 0:  # warms up
                if equal and not np.array_equal(np.asarray(x, np.int64), np.asarray(y, np.int64)):
                    NOT_EQUAL.append(name)
                continue
            ratios.append(b / a)
            mine.append(a)
            peers.append(b)
        low, middle, high = np.percentile(ratios, [25, 50, 75])
        self.add(name, ratio=round(middle, 3), quartiles=[round(low, 3), round(high, 3)], goal=goal,
                 nacre_ms=round(statistics.median(mine) * 1e3, 3), peer_ms=round(statistics.median(peers) * 1e3, 3))

    def add(self, name, **values):
        case = {"case": name} | {key: value for key, value in values.items() if value is not None}
        self.cases.append(case)
        print(json.dumps(case), flush=True)


def distances(index, q, k=K, **options):
    return index.search(q[:, :16], q[:, 16:], k, **options)["distance"]


# ---- Cases

def against_faiss(bench, codes, q, index, size, rounds):
    flat = faiss.IndexBinaryFlat(256)
    flat.add(codes)
    faiss.omp_set_num_threads(1)
    one = q[:1]
    words = codes.view(np.uint64).reshape(-1)
    bench.compare(f"read/b1/t1/{size}", lambda: distances(index, one), lambda: words.max(), rounds, equal=False,
                  goal=0.85)
    bench.compare(f"faiss/b1/t1/{size}", lambda: distances(index, one), lambda: flat.search(one, K)[0], rounds,
                  goal=1.25)
    bench.compare(f"faiss/b64/t1/{size}", lambda: distances(index, q), lambda: flat.search(q, K)[0],
                  max(3, rounds // 5), goal=2.2)
    return flat


def two_threads(bench, codes, q, flat, size, rounds):
    index = build(codes, threads=2)
    faiss.omp_set_num_threads(2)
    bench.compare(f"faiss/b1/t2/{size}", lambda: distances(index, q[:1]), lambda: flat.search(q[:1], K)[0], rounds,
                  clock=time.perf_counter, goal=1.8)
    faiss.omp_set_num_threads(1)


def weighted(bench, codes, q, index, size, rounds):
    """FAISS has no weights: the shape code stands there as many times as it weighs."""
    for s, c, goal in ((3, 1, 2), (10, 1, 8)):
        def repeat(x):
            return np.hstack([x[:, :16]] * s + [x[:, 16:]] * c)
        flat = faiss.IndexBinaryFlat(128 * (s + c))
        for start in range(0, len(codes), 1 << 20):
            flat.add(repeat(codes[start:start + (1 << 20)]))
        one = repeat(q[:1])
        bench.compare(f"faiss/w{s}:{c}/b1/t1/{size}", lambda: distances(index, q[:1], weights=(s, c)),
                      lambda: flat.search(one, K)[0], rounds, goal=goal)


def one_category(bench, codes, q, flat, size, rounds, rng):
    category = rng.integers(0, CATEGORIES, len(codes)).astype(np.uint16)
    index = build(codes, category=category)
    wanted = np.flatnonzero(category == 7)
    bits = np.packbits(category == 7, bitorder="little")
    selector = faiss.IDSelectorBitmap(bits)
    parameters = faiss.SearchParameters(sel=selector)
    assert len(wanted) > K
    bench.compare(f"faiss/category/t1/{size}", lambda: distances(index, q[:1], categories=[7]),
                  lambda: flat.search(q[:1], K, params=parameters)[0], rounds,
                  goal=100 if len(codes) >= 10**7 else None)


def filters(bench, codes, q, size, rounds, rng):
    """nacre against itself: how much a filter costs (the ratio is unfiltered / filtered)."""
    n = len(codes)
    index = build(codes, shop=rng.integers(0, 50, n), price=rng.integers(100, 100000, n))
    one, goal = q[:1], 0.77 if n >= 10**7 else None
    for name, options in (("half", {"price": (100, 50000)}), ("one-shop-a-price", {"shops": [3], "price": (100, 30000)}),
                          ("rare", {"shops": [3], "price": (100, 1100)})):
        bench.compare(f"filter/{name}/t1/{size}", lambda: distances(index, one, **options),
                      lambda: distances(index, one), rounds, equal=False, goal=goal)
    bench.compare(f"filter/rare/b64/t1/{size}", lambda: distances(index, q, **options), lambda: distances(index, q),
                  max(3, rounds // 5), equal=False, goal=goal)


def against_usearch(bench, codes, q, index, size, rounds):
    bench.compare(f"usearch/b1/t1/{size}", lambda: distances(index, q[:1]),
                  lambda: [usearch_search(codes, q[0], K, MetricKind.Hamming, exact=True, threads=1).distances],
                  max(3, rounds // 3), clock=time.perf_counter, goal=5)


def recall_of(found, exact):
    return float(np.mean([(a <= b[-1]).sum() / K for a, b in zip(found, exact)]))  # ties accepted


FEW_LISTS = (*range(1, 17), 24, 32, 48, 64, 128, 256, 512, 1024)


def against_ivf(bench, codes, many, name, rounds, with_exact, with_lists):
    """FAISS's inverted lists, with as few probes as give a recall of 0.99. nacre stays exact; or looks into lists
    too, with as few as give that recall. Recall is that of many queries, since one that misses its cluster is 0.016
    of 64; timed are the first 64."""
    q = many[:64]
    index = build(codes, coarse_items=len(codes) if with_lists else 2**64 - 1)
    if with_lists:
        lay_out(bench, index, name)
    exact = distances(index, many)
    lists = int(len(codes) ** 0.5)
    ivf = faiss.IndexBinaryIVF(faiss.IndexBinaryFlat(256), 256, lists)
    ivf.own_fields = False
    ivf.cp.niter, ivf.cp.max_points_per_centroid = 4, 40
    faiss.omp_set_num_threads(2)
    ivf.train(codes[:: max(1, len(codes) // (lists * 40))])
    ivf.add(codes)
    faiss.omp_set_num_threads(1)
    for probes in (*FEW_LISTS, lists):
        ivf.nprobe = min(probes, lists)
        recall = recall_of(ivf.search(many, K)[0], exact)
        if recall >= 0.99:
            break
    about = {"recall": round(recall, 4), "probes": ivf.nprobe, "lists": lists}
    if with_lists:
        lists_against_ivf(bench, index, ivf, many, name, rounds, about)
    if not with_exact:
        return
    bench.compare(f"faiss-ivf/{name}", lambda: distances(index, q[:1]), lambda: ivf.search(q[:1], K)[0], rounds,
                  equal=False, goal=1)
    bench.cases[-1] |= about
    print(json.dumps(bench.cases[-1]), flush=True)
    bench.compare(f"faiss-ivf-b64/{name}", lambda: distances(index, q), lambda: ivf.search(q, K)[0],
                  max(3, rounds // 5), equal=False, goal=1)


def lay_out(bench, index, name):
    """Waits until nearly all items lie in lists."""
    start = time.perf_counter()
    while (about := index.statistics())["coarse_items"] < 0.97 * about["items"]:
        index.commit()
    bench.add(f"lists-made/{name}", seconds=round(time.perf_counter() - start, 1))


def lists_against_ivf(bench, index, ivf, many, name, rounds, about):
    """nacre's lists against its exact search, and against FAISS's inverted lists, each at a recall of 0.99."""
    q = many[:64]
    for weights in ((1, 1), (2, 8), (10, 1)):
        s_c = f"{weights[0]}:{weights[1]}"
        exact = distances(index, many, weights=weights)
        for lists in FEW_LISTS:
            recall = recall_of(distances(index, many, weights=weights, lists=lists), exact)
            if recall >= 0.99:
                break
        ours = {"weights": weights, "lists": lists}
        bench.compare(f"lists/exact/{s_c}/{name}", lambda: distances(index, q[:1], **ours),
                      lambda: distances(index, q[:1], weights=weights), rounds, equal=False, goal=5)
        bench.cases[-1] |= {"recall": round(recall, 4), "lists": lists}
        print(json.dumps(bench.cases[-1]), flush=True)
        if recall < 0.99:
            NOT_EQUAL.append(f"lists/{s_c}/{name}")
        if weights == (1, 1):
            bench.compare(f"lists/faiss-ivf/{name}", lambda: distances(index, q[:1], **ours),
                          lambda: ivf.search(q[:1], K)[0], rounds, equal=False, goal=1)
            bench.cases[-1] |= {"faiss": about}
            print(json.dumps(bench.cases[-1]), flush=True)
            bench.compare(f"lists/faiss-ivf-b64/{name}", lambda: distances(index, q, **ours),
                          lambda: ivf.search(q, K)[0], rounds, equal=False, goal=1)


def against_postgres(bench, codes, q, rounds):
    """bit_count over a table of bit(128) columns, one process, everything in its cache."""
    programs = sorted(__import__("glob").glob("/usr/lib/postgresql/*/bin/initdb"))
    if not programs:
        print("skipped: PostgreSQL is not installed", file=sys.stderr)
        return
    bin_ = os.path.dirname(programs[-1])
    codes = codes[:1000000]
    folder = tempfile.mkdtemp(prefix="nacre-bench-")
    as_user = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]

    def run(*command, **options):
        return subprocess.run([*as_user, *command], check=True, capture_output=True, cwd="/", **options).stdout

    def sql(text):
        return run(f"{bin_}/psql", "-h", folder, "-d", "postgres", "-AtqX", "-v", "ON_ERROR_STOP=1",
                   input=text.encode()).decode()

    def as_bits(code):
        return "".join(f"{byte:08b}" for byte in code)

    run(f"{bin_}/initdb", "-D", f"{folder}/data", "-A", "trust", "--no-sync")
    subprocess.run([*as_user, f"{bin_}/pg_ctl", "-D", f"{folder}/data", "-w", "-l", f"{folder}/log", "-o",
                    f"-k {folder} -c listen_addresses='' -c shared_buffers=512MB -c fsync=off -c jit=off "
                    "-c max_parallel_workers_per_gather=0", "start"], check=True, stdout=subprocess.DEVNULL, cwd="/")
    try:
        sql("create table items (id int, shape bit(128), colour bit(128))")
        for start in range(0, len(codes), 100000):
            rows = "\n".join(f"{start + i}\t{as_bits(c[:16])}\t{as_bits(c[16:])}"
                             for i, c in enumerate(codes[start:start + 100000]))
            sql(f"copy items from stdin;\n{rows}\n\\.\n")
        sql("vacuum analyze items")
        query = (f"select bit_count(shape # B'{as_bits(q[0][:16])}') + bit_count(colour # B'{as_bits(q[0][16:])}') d "
                 f"from items order by d, id limit {K}")
        answer = [int(d) for d in sql(query).split()]
        index = build(codes)
        if distances(index, q[:1])[0].tolist() != answer:
            NOT_EQUAL.append("postgres")
        ratios = []
        for _ in range(max(3, rounds // 5)):
            mine, _answer = timed(lambda: distances(index, q[:1]), time.perf_counter)
            plan = json.loads(sql(f"explain (analyze, timing off, format json) {query}"))
            ratios.append(plan[0]["Execution Time"] / 1e3 / mine)
        bench.add(f"postgres/b1/t1/{million(len(codes))}", ratio=round(statistics.median(ratios), 1), goal=100)
    finally:
        run(f"{bin_}/pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def changes(bench, n, size):
    """The 99th percentile of a query's time, without and with 50 000 changes a second; see changes.c."""
    program = "build/release/bench/bench_changes"
    values = json.loads(subprocess.run([program, str(n)], check=True, capture_output=True, text=True).stdout)
    bench.add(f"changes/p99/{size}", **values, goal=0.67)


MEASURE_OPEN = """
import sys, time, resource, numpy as np, nacre
def resident():
    return int(open('/proc/self/statm').read().split()[1]) * resource.getpagesize()
q = np.zeros((1, 16), np.uint8)
nacre.Index(threads=1).search(q, q)
before, start = resident(), time.perf_counter()
index = nacre.Index(threads=1, path=sys.argv[1], model='bench')
index.search(q, q)
print(time.perf_counter() - start, resident() - before, index.statistics()['items'])
"""


def snapshot(bench, codes, size, rng):
    """From a snapshot to the first answer, and what stays in RAM, in a process of its own."""
    n = len(codes)
    index = nacre.Index(model="bench", threads=1)
    category = rng.integers(0, CATEGORIES, n)
    for start in range(0, n, 1 << 20):
        part = slice(start, start + (1 << 20))
        index.put(np.arange(start, start + len(codes[part])), codes[part, :16], codes[part, 16:],
                  category=category[part], shop=category[part] % 50, brand=category[part], price=1)
    with tempfile.TemporaryDirectory() as folder:
        index.save(f"{folder}/index")
        live = index.statistics()["memory_bytes"] / n
        seconds, bytes_, items = subprocess.run([sys.executable, "-c", MEASURE_OPEN, f"{folder}/index"], check=True,
                                                capture_output=True, text=True).stdout.split()
        assert int(items) == n
        bench.add(f"memory/{size}", bytes_an_item=round(int(bytes_) / n, 2), live_bytes_an_item=round(live, 2),
                  ratio=round(48 / (int(bytes_) / n), 3), goal=1)
        bench.add(f"open/{size}", seconds=round(float(seconds), 2), ratio=round(2 / float(seconds), 2), goal=1)


# ---- Report

def plot(cases, path):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    cases = [c for c in cases if "ratio" in c]
    figure, axes = plt.subplots(figsize=(9, 0.32 * len(cases) + 1))
    names = [c["case"] for c in cases]
    colours = ["#999" if "goal" not in c else "#2a7" if c["ratio"] >= c["goal"] else "#c53" for c in cases]
    axes.barh(names, [c["ratio"] - 1 for c in cases], left=1, color=colours)
    goals = [c for c in cases if "goal" in c]
    axes.scatter([c["goal"] for c in goals], [c["case"] for c in goals], marker="|", color="black", s=120, label="at least")
    axes.set_xscale("log")
    axes.axvline(1, color="grey", linewidth=0.5)
    axes.invert_yaxis()
    axes.legend()
    axes.set_xlabel("times ahead of the peer")
    figure.tight_layout()
    figure.savefig(path, dpi=80)


def table(cases):
    print("\n| case | ratio | quartiles | at least | nacre ms | peer ms |\n|---|---|---|---|---|---|")
    for c in cases:
        low, high = c.get("quartiles", ["", ""])
        print(f"| {c['case']} | {c.get('ratio', '')} | {low}–{high} | {c.get('goal', '')} | {c.get('nacre_ms', '')} "
              f"| {c.get('peer_ms', '')} |".replace("| – |", "| |"))


def processor():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.processor()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--full", action="store_true", help="10 million items too (needs 8 GB)")
    parser.add_argument("--items", type=int, metavar="N", help="this many items, in place of 1 and 10 million")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--plot", metavar="FILE")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", default="", help="run the cases of these names only: flat,weights,category,...")
    arguments = parser.parse_args()
    rounds, rng, bench = arguments.rounds, np.random.default_rng(SEED), Bench()

    def wanted(name):
        return not arguments.only or name in arguments.only.split(",")

    about = {"processor": processor(), "kernel": nacre.kernel(), "faiss": faiss.__version__,
             "faiss_options": faiss.get_compile_options().strip(), "seed": SEED, "load": os.getloadavg()[0],
             "commit": subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()}
    print(json.dumps(about))
    for n in [arguments.items] if arguments.items else [10**6] + ([10**7] if arguments.full else []):
        size, codes, q = million(n), uniform(n, rng), uniform(64, rng)
        index, flat = build(codes), None
        if wanted("flat") or wanted("threads") or wanted("category"):
            flat = against_faiss(bench, codes, q, index, size, rounds)
        if wanted("threads"):
            two_threads(bench, codes, q, flat, size, rounds)
        if wanted("category"):
            one_category(bench, codes, q, flat, size, rounds, rng)
        del flat
        if wanted("usearch"):
            against_usearch(bench, codes, q, index, size, rounds)
        if wanted("weights"):
            weighted(bench, codes, q, index, size, rounds)
        del index
        if wanted("filters"):
            filters(bench, codes, q, size, rounds, rng)
        if wanted("changes"):
            changes(bench, n, size)
        if wanted("snapshot"):
            snapshot(bench, codes, size, rng)
    if wanted("postgres"):
        against_postgres(bench, codes, q, rounds)
    for name in ("clustered", "real"):
        with_exact, with_lists = wanted(f"ivf-{name}"), wanted(f"lists-{name}")
        if with_exact or with_lists:
            rng = np.random.default_rng(SEED)
            centres = uniform(5000, rng) if name == "clustered" else real_codes()
            if centres is not None:
                against_ivf(bench, noisy(centres, n, rng), noisy(centres, 1024, rng), f"{name}/{size}", rounds,
                            with_exact, with_lists)
    table(bench.cases)
    if arguments.plot:
        plot(bench.cases, arguments.plot)
    if arguments.json:
        with open(arguments.json, "w") as out:
            json.dump(about | {"cases": bench.cases, "not_equal": NOT_EQUAL}, out, indent=1)
    if NOT_EQUAL:
        sys.exit(f"different answers: {', '.join(NOT_EQUAL)}")


if __name__ == "__main__":
    main()
