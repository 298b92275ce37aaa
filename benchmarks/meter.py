#!/usr/bin/env python3
"""What the meter leaves unattributed, and what it costs: the benchmark's tasks with and without `--meter`, in pairs.

    benchmarks/meter.py DATA [--binary build/headrace] [--rounds 7]

DATA is a folder with events.parquet, as benchmarks/generate.py writes it. Each round runs both forms of each task, now one first and
now the other; the cost is the median over the rounds of the ratio of their CPU-seconds. Run it while nothing else does.
"""
import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TASKS = {
    "five aggregates, computed": ["--output", "null:", "--features", "efficiency_*"],
    "fifty features, computed": ["--output", "null:", "--features", "fifty_*"],
    "five aggregates, written": ["--output", "OUT", "--features", "efficiency_*"],
}


def run(binary, project, arguments, out):
    """(CPU-seconds, JSON of the run)."""
    shutil.rmtree(out, ignore_errors=True)
    command = [binary, "backfill", "--project", project, "--format", "json", "--quiet", "--threads", "2", *(str(out) if each == "OUT" else each for each in arguments)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, json.loads(done.stdout)


def check_sums(meter):
    for count in meter["whole"]:
        parts = sum(each["work"][count] for each in meter["features"]) + meter["unattributed"][count]
        assert parts == meter["whole"][count], (count, parts, meter["whole"][count])


def measure(binary, project, arguments, rounds, folder):
    ratios, unattributed, seconds = [], [], []
    for number in range(rounds):
        took = {}
        for is_metered in (number % 2 == 0, number % 2 == 1):
            took[is_metered], result = run(binary, project, arguments + (["--meter"] if is_metered else []), folder / "out")
            if is_metered:
                check_sums(result["meter"])
                unattributed.append(result["meter"]["unattributed"]["cpu_ns"] / result["meter"]["whole"]["cpu_ns"])
        ratios.append(took[True] / took[False])
        seconds.append(took[False])
    return {"cpu_seconds": min(seconds), "cost": statistics.median(ratios) - 1, "cost_least": min(ratios) - 1, "cost_most": max(ratios) - 1,
            "unattributed": statistics.median(unattributed)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--binary", default=ROOT / "build" / "headrace")
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        project = folder / "project"
        shutil.copytree(ROOT / "benchmarks" / "project", project)
        os.symlink(args.data.resolve(), project / "data")
        for name, arguments in TASKS.items():
            found = measure(args.binary, project, arguments, args.rounds, folder)
            print(f"{name}: {found['cpu_seconds']:.2f} CPU-seconds, the meter costs {found['cost']:+.1%} ({found['cost_least']:+.1%} to {found['cost_most']:+.1%}), "
                  f"unattributed {found['unattributed']:.1%}")
    print(f"load now: {', '.join(str(round(each, 2)) for each in os.getloadavg())}")


if __name__ == "__main__":
    main()
