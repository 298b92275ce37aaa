#!/usr/bin/env python3
"""The benchmark: the shipped program on YAML, its peers, and a plain loop, on the same Parquet input.

    compare.py [--quick] [--large] [--rounds N] [--no-peers] [--no-write]

Every measurement is a process of its own with two threads. The rounds are interleaved, so that all see the same
neighbours on the machine, and the least time of each counts. Of the program the whole process is timed, with its start
and its reading of YAML; of peers and loop only the work. Every result is compared with reference.py by its sums: a
mismatch fails the run. Writes results.json and the measured part of README.md.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import report
from machine import facts

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
THREADS = 2
TOLERANCE = 1e-9
TIMEOUT_SECONDS = 300
FIVE = ("mean", "min", "max", "stddev", "count")
FIVE_FEATURES = ",".join(f"efficiency_{name}" for name in FIVE)
AGGREGATES = ("count", "sum", "mean", "min", "max", "range", "variance", "stddev", "first", "last")
WINDOWS = ("1h", "6h", "24h", "7d", "30d")
FIFTY = ",".join(f"fifty_{name}_{window}" for window in WINDOWS for name in AGGREGATES)

# (task, engine): variants of an engine are "engine variant", and only the fastest goes on after the first round.
PEERS = [
    ("t1", "polars over"), ("t1", "duckdb"), ("t1", "chdb"),
    ("t1w", "polars over"), ("t1w", "duckdb"),
    ("t1m", "polars over"), ("t1m", "duckdb"), ("t1m", "chdb"),
    ("t2", "polars union"), ("t2", "polars prefix"), ("t2", "duckdb union"), ("t2", "duckdb prefix"),
    ("t2b", "polars"), ("t2b", "duckdb"), ("t2b", "chdb"),
]
OURS = ["t1", "t1w", "t1m", "t2", "t2b", "fifty"]
LOOP = ["t1", "t1m", "t2", "t2b"]


class Mismatch(Exception):
    """A result that is not what reference.py says."""


def run_process(command, folder):
    """(stdout, seconds, CPU-seconds, peak MB) of a process; fails loudly."""
    with open(folder / "stdout", "w+") as output, open(folder / "stderr", "w+") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(list(map(str, command)), stdout=output, stderr=errors,
                                   env=os.environ | {"POLARS_MAX_THREADS": str(THREADS), "TZ": "UTC", "NO_COLOR": "1"})
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except KeyboardInterrupt:
            process.kill()
            raise
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, command))}\n{errors.read()[-2000:]}")
        return output.read(), seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


class Bench:
    """The folders and programs of one run."""

    def __init__(self, data, binary, limit, folder):
        self.data, self.binary, self.limit, self.folder = data, binary, limit, folder
        self.project = folder / "project"
        shutil.copytree(HERE / "project", self.project)
        (self.project / "data").symlink_to(data, target_is_directory=True)
        self.reference = json.loads((data / "reference.json").read_text()) if (data / "reference.json").exists() else None

    def command(self, task):
        base = ["--project", self.project, "--threads", THREADS, "--format", "json", "--quiet"]
        spine = ["--observations", self.data / "spine.parquet", "--output", "null:", "--checksum"]
        backfill = {"t1": FIVE_FEATURES, "t1m": "efficiency_mean", "fifty": FIFTY}
        if task in backfill:
            return [self.binary, "backfill", "--output", "null:", "--checksum", "--features", backfill[task], *base]
        if task == "t1w":
            return [self.binary, "backfill", "--output", self.folder / "offline", "--features", FIVE_FEATURES, *base]
        features = {"t2": "efficiency_mean", "t2b": "latest_flow"}
        return [self.binary, "dataset", *spine, "--features", features[task], *base]

    def ours(self, task):
        shutil.rmtree(self.folder / "offline", ignore_errors=True)
        output, seconds, cpu, peak = run_process(self.command(task), self.folder)
        summary = json.loads(output)
        record = {"version": "", "seconds": seconds, "cpu": cpu, "peak_mb": peak, "sums": self.sums(task, summary)}
        if task == "fifty":
            record["all_sums"] = {c["column"]: c["sum"] for c in columns_of(summary)}
        return record

    def sums(self, task, summary):
        if task == "t1w":
            # In a process of its own: a child's peak counts what its parent held when it was started.
            output, *_ = run_process([sys.executable, HERE / "peers.py", "sums", self.folder / "offline", *FIVE_FEATURES.split(",")], self.folder)
            return {column.removeprefix("efficiency_"): value for column, value in json.loads(output).items()}
        columns = {c["column"]: c for c in columns_of(summary)}
        if task in ("t1", "fifty"):
            form = "efficiency_{}" if task == "t1" else "fifty_{}_24h"
            return {name: columns[form.format(name)]["sum"] for name in FIVE}
        if task == "t2b":
            return {"latest": columns["latest_flow"]["sum"], "values": columns["latest_flow"]["values"]}
        return {"mean": columns["efficiency_mean"]["sum"], "values": columns["efficiency_mean"]["values"]}

    def peer(self, task, engine):
        output, *_ = run_process([sys.executable, HERE / "peers.py", self.data, task, engine, THREADS], self.folder)
        return json.loads(output.splitlines()[-1])

    def loop(self, task):
        output, *_ = run_process([self.limit, self.data, task, THREADS], self.folder)
        return json.loads(output)

    def measure(self, task, engine):
        record = self.ours(task) if engine == "headrace" else self.loop(task) if engine == "loop" else self.peer(task, engine)
        if self.reference:
            which = "distinct" if engine in ("headrace", "loop") else "all"
            compare_sums(f"{task} {engine}", record["sums"], self.reference[which]["t1" if task == "fifty" else task])
        return record


def columns_of(summary):
    """The checksums of a summary of backfill (of its one entity) or of dataset."""
    holder = summary["entities"][0] if isinstance(summary["entities"][0], dict) else summary
    return holder["checksum"]["columns"]


def compare_sums(what, sums, expected):
    for name, wanted in expected.items():
        low, high = wanted if isinstance(wanted, list) else (wanted, wanted)
        slack = TOLERANCE * abs(high)
        if not low - slack <= sums[name] <= high + slack:
            raise Mismatch(f"{what}: the sum of {name} is {sums[name]!r}, and should be {wanted!r}")


def keep_fastest(jobs, runs):
    """After the first round: of the variants of an engine only the fastest."""
    best = {}
    for task, engine in jobs:
        key = task, engine.split()[0]
        if key not in best or runs[task, engine][0]["seconds"] < runs[task, best[key]][0]["seconds"]:
            best[key] = engine
    return [(task, engine) for task, engine in jobs if best[task, engine.split()[0]] == engine]


def interleave(bench, jobs, rounds, after_round):
    runs = {job: [] for job in jobs}
    for number in range(rounds):
        load = round(os.getloadavg()[0], 2)
        for task, engine in jobs:
            record = bench.measure(task, engine)
            runs[task, engine].append(record)
            print(f"round {number + 1} of {rounds}  {task:6} {engine:16} {record['seconds']:8.3f} s  {record['cpu']:8.3f} CPU-s"
                  f"  {record['peak_mb']:6.0f} MB", file=sys.stderr, flush=True)
        jobs = keep_fastest(jobs, runs) if number == 0 else jobs
        after_round(runs, load)


def least(records):
    """The fastest run, with the least CPU time and the highest peak of all runs."""
    best = min(records, key=lambda r: r["seconds"])
    return best | {"cpu": min(r["cpu"] for r in records), "peak_mb": max(r["peak_mb"] for r in records), "runs": len(records),
                   "all_seconds": [round(r["seconds"], 3) for r in records]}


def make_data(data, events, observations, days):
    if (data / "reference.json").exists():
        return
    print(f"making {data.name}: {events:,} events", file=sys.stderr)
    subprocess.run([sys.executable, HERE / "generate.py", "--out", data, "--events", str(events), "--observations",
                    str(observations), "--days", str(days)], check=True)
    subprocess.run([sys.executable, HERE / "reference.py", data], check=True)


def make_large(base, data):
    if (data / "spine.parquet").exists():
        return
    print(f"making {data.name}: ten times the events", file=sys.stderr)
    subprocess.run([sys.executable, HERE / "generate.py", "--out", data, "--copies", "10", "--of", base], check=True)


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="2 M events, one round, README.md stays")
    parser.add_argument("--large", action="store_true", help="also ten times the events (the program only; 4.5 GB of disk)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", default="duckdb,chdb,polars", help="which to run, by commas")
    parser.add_argument("--no-peers", action="store_true", help="the program and the loop only")
    parser.add_argument("--no-write", action="store_true", help="leave README.md and results.json alone")
    parser.add_argument("--data", type=Path, default=HERE / "data", help="where the data are made")
    parser.add_argument("--binary", type=Path, default=Path(os.environ.get("HEADRACE_BINARY", ROOT / "build" / "headrace")))
    parser.add_argument("--limit", type=Path, default=Path(os.environ.get("HEADRACE_LIMIT", ROOT / "build" / "limit")),
                        help="the plain loop; left out when it is not built")
    args = parser.parse_args()
    if not args.binary.exists():
        parser.error(f"{args.binary} is not there: run `make build` first")
    args.peers = [] if args.no_peers else args.peers.split(",")
    if args.quick:
        args.rounds, args.no_write = 1, True
    return args


def command_line(args):
    flags = [f"--{name.replace('_', '-')}" for name in ("quick", "large", "no_peers") if getattr(args, name)]
    flags += [f"--peers {','.join(args.peers)}"] if len(args.peers) in (1, 2) else []
    flags += [f"--rounds {args.rounds}"] if args.rounds != 3 and not args.quick else []
    return " ".join(["benchmarks/run.sh", *flags]) if flags else "make bench"


def measure_large(args, small, folder):
    data = (args.data / "200m").resolve()
    make_large(small.data, data)
    (folder / "large").mkdir()
    large = Bench(data, small.binary, small.limit, folder / "large")
    large.reference = None  # of the longer log there is none
    return least([large.measure("t1", "headrace")])


def jobs_of(args):
    jobs = [(task, "headrace") for task in OURS]
    jobs += [(task, "loop") for task in LOOP if args.limit.exists()]
    jobs += [job for job in PEERS if job[1].split()[0] in args.peers]
    return sorted(jobs, key=lambda job: (OURS.index(job[0]), job[1] != "headrace"))


class Results:
    """What is known so far; written after every round, so that a run that is ended early has its rounds."""

    def __init__(self, args):
        self.write = not args.no_write
        self.values = {"format_version": 1, "command": command_line(args), "machine": facts(args.binary), "load": [],
                       "threads": THREADS, "rounds": 0, "events": 2_000_000 if args.quick else 20_000_000, "measured": []}

    def add_round(self, runs, load):
        self.values["load"].append(load)
        self.values["rounds"] += 1
        self.values["measured"] = [{"task": task, "engine": engine} | least(records) for (task, engine), records in runs.items()]
        self.save()

    def add_large(self, measured):
        self.values["large"] = measured
        self.save()

    def save(self):
        if self.write:
            (HERE / "results.json").write_text(json.dumps(self.values, indent=1) + "\n")
            report.write_readme(HERE / "README.md", self.values)


def main():
    args = options()
    data = (args.data / ("2m" if args.quick else "20m")).resolve()
    make_data(data, *((2_000_000, 100_000, 9) if args.quick else (20_000_000, 1_000_000, 90)))
    results = Results(args)
    with tempfile.TemporaryDirectory(dir=args.data) as folder:
        bench = Bench(data, args.binary.resolve(), args.limit.resolve(), Path(folder))
        try:
            interleave(bench, jobs_of(args), args.rounds, results.add_round)
            if args.large:
                results.add_large(measure_large(args, bench, Path(folder)))
        except Mismatch as mismatch:
            print(f"mismatch: {mismatch}", file=sys.stderr)
            return 1
    print(report.text(results.values))
    return 0


if __name__ == "__main__":
    sys.exit(main())
