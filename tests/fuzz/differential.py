#!/usr/bin/env python3
"""Random repositories with random events: the program against the oracle, bit for bit.

    differential.py --seed 7 --count 200 --binary build/headrace [--keep DIR] [--seconds S] [--no-shrink]
    differential.py --seed 7 --count 200 --engine online
    differential.py --seed 7 --count 50 --engine beam --python .venv-beam/bin/python

Case i has the seed SEED + i, so one case is replayed by `--seed THAT --count 1`. With --seconds, cases are made until
the time is up. A failing case is kept as DIR/seed-N.yaml, and a smaller one that still fails as DIR/seed-N-small.yaml.
Exit code 1 when a case failed.
"""
import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import casefile
import program
from repositories import RepositoryMaker
from shrink import shrink

BATCH = 100
# Ways of running the batch engine that must not change a value.
BATCH_OPTIONS = [
    (),
    ("--threads", "1"),
    ("--threads", "2", "--step-rows", "1"),
    ("--threads", "4", "--step-rows", "3"),
    ("--step-rows", "7", "--memory", "16MB"),
    ("--kernels", "recompute"),
]
STREAM_ENGINES = ("stream", "online")
STREAM_OPTIONS = [(), ("--kernels", "recompute")]


class Reference:
    """The oracle in a process of its own."""

    def __init__(self):
        command = [sys.executable, str(Path(__file__).with_name("oracle_process.py"))]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def answer(self, path):
        self.process.stdin.write(f"{path}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Fuzzer:
    def __init__(self, binary, folder, engine="batch", python=None):
        self.binary, self.folder, self.engine, self.python = binary, folder, engine, python
        self.reference = Reference()
        self.counts = {"cases": 0, "values": 0, "nulls": 0, "not judged": 0, "failed": 0}

    def write(self, case, path):
        """Writes the case with the oracle's answers; False where the oracle cannot judge it."""
        casefile.write(case, path)
        reply = self.reference.answer(path)
        if "error" in reply:
            return False
        values = [v for row in reply["expect"] for v in row["values"].values()]
        self.counts["values"] += len(values)
        self.counts["nulls"] += values.count(None)
        casefile.write(case | {"expect": reply["expect"]}, path)
        return True

    def make(self, seed):
        return RepositoryMaker(random.Random(seed)).case() | {"about": f"seed {seed}"}

    def options(self, seed):
        """How the program is asked to test the case of a seed."""
        if self.engine == "batch":
            return ("--engine", "batch", *BATCH_OPTIONS[seed % len(BATCH_OPTIONS)])
        if self.engine in STREAM_ENGINES:
            return ("--engine", self.engine, *STREAM_OPTIONS[seed % len(STREAM_OPTIONS)])
        return ("--engine", self.engine, "--python", str(self.python))

    def failures(self, paths, options):
        seconds_max = 120 if self.engine in ("batch", *STREAM_ENGINES) else 60 + 10 * len(paths)
        return program.failures(self.binary, paths, options, seconds_max)

    def batch(self, seeds):
        """The failures of some seeds, by seed."""
        by_options = {}
        for seed in seeds:
            path = self.folder / f"seed-{seed}.yaml"
            self.counts["cases"] += 1
            if self.write(self.make(seed), path):
                by_options.setdefault(self.options(seed), {})[str(path)] = seed
            else:
                self.counts["not judged"] += 1
        found = {}
        for options, paths in by_options.items():
            for path, failure in self.failures(list(paths), options).items():
                found[paths[path]] = failure
        for path in (p for paths in by_options.values() for p in paths):
            if by_seed(path) not in found:
                Path(path).unlink()
        self.counts["failed"] += len(found)
        return found

    def shrink(self, seed):
        """A smaller case that still fails, and how."""
        path = self.folder / f"seed-{seed}-small.yaml"
        options = self.options(seed)

        def failure_of(case):
            return self.write(case, path) and self.failures([path], options).get(str(path))

        small = shrink(self.make(seed), failure_of)
        return path, failure_of(small)


def by_seed(path):
    return int(Path(path).stem.removeprefix("seed-"))


def arguments(args):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seconds", type=float, help="make cases for so long instead of --count")
    parser.add_argument("--engine", choices=["batch", *STREAM_ENGINES, "beam", "sql"], default="batch")
    parser.add_argument("--python", type=Path, help="for the generated code: an interpreter with its requirements")
    parser.add_argument("--binary", type=Path, default=Path("build/headrace"))
    parser.add_argument("--keep", type=Path, help="folder for failing cases")
    parser.add_argument("--shrink", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--failures-max", type=int, default=5)
    return parser.parse_args(args)


def main(args):
    options = arguments(args)
    folder = options.keep or Path(tempfile.mkdtemp(prefix="headrace-fuzz-"))
    folder.mkdir(parents=True, exist_ok=True)
    fuzzer, start, at, shown = Fuzzer(options.binary.resolve(), folder.resolve(), options.engine, options.python), time.monotonic(), options.seed, 0
    while shown < options.failures_max:
        left = options.seed + options.count - at if options.seconds is None else BATCH
        if left <= 0 or options.seconds is not None and time.monotonic() - start > options.seconds:
            break
        seeds = range(at, at + min(left, BATCH))
        for seed, failure in sorted(fuzzer.batch(seeds).items()):
            if shown < options.failures_max:
                report(fuzzer, seed, failure, options.shrink)
                shown += 1
        at = seeds.stop
    fuzzer.reference.close()
    if options.keep is None and not any(folder.iterdir()):
        folder.rmdir()
    counts = fuzzer.counts
    print(f"differential: {', '.join(f'{n} {what}' for what, n in counts.items())} in {time.monotonic() - start:.0f} s")
    return 1 if counts["failed"] else 0


def report(fuzzer, seed, failure, small):
    print(f"seed {seed} failed: {failure.text()}\n  case: {fuzzer.folder / f'seed-{seed}.yaml'}")
    print(f"  replay: differential.py --seed {seed} --count 1 --binary {fuzzer.binary} --engine {fuzzer.engine}  (options {fuzzer.options(seed)})")
    if small:
        path, rest = fuzzer.shrink(seed)
        if rest:
            print(f"  smaller: {path}: {rest.text()}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
