#!/usr/bin/env python3
"""Random repositories streamed through their generated Beam steps: the rows against the program's own tables.

    stream_differential.py --seed 7 --count 50 --binary build/headrace --python .venv-beam/bin/python [--keep DIR] [--seconds S]
    stream_differential.py --seed 7 --count 500 --runner hostile ...
    stream_differential.py --case DIR/seed-9-small.json ...

Case i has the seed SEED + i, so one case is replayed by `--seed THAT --count 1`. Events come in a random order with random
watermarks, in lanes. Late must be exactly those that are behind the newest of their lane and their source's watermark by more
than its lateness (others may be where the watermark ran ahead of all events); final rows, one for
each key and time of a driving source, have the values of `backfill` over the other events; and whenever somebody looks, the
newest row of a key has the values of `dataset` at that instant. A failing case is kept as DIR/seed-N.json, and a smaller one
that still fails as DIR/seed-N-small.json. Exit code 1 when a case failed.
"""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import arrivals
import offline
from repositories import RepositoryMaker
from shrink import shrink
from stream_rows import Comparison, used_by

SHRINK_TRIES_MAX = 120
SHOWN_MAX = 5


class Worker:
    """The generated code in a process of its own, with our compiled kernel inside if its folder is given."""

    def __init__(self, python, runner, kernel):
        self.way = {"runner": runner, "kernel": "native" if kernel else "python"}
        command = [str(python), str(Path(__file__).with_name("stream_worker.py"))]
        environment = os.environ | ({"PYTHONPATH": str(kernel.resolve())} if kernel else {})
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, **pipes, text=True, env=environment)

    def answer(self, request):
        self.process.stdin.write(json.dumps(request | self.way) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def with_one_feature(case, chance):
    """The case with a feature and those that it uses: a state that has only bounded windows forgets."""
    bodies = {body["name"]: body for body in offline.bodies(case, "feature")}
    wanted = [chance.choice(list(bodies))]
    for name in wanted:
        wanted += [used for used in used_by(bodies[name]) if used in bodies and used not in wanted]
    return case | {"repository": [d for d in case["repository"] if "feature" not in d or d["feature"]["name"] in wanted]}


class Fuzzer:
    def __init__(self, binary, folder, worker):
        self.binary, self.folder, self.worker = binary, folder, worker
        self.counts = {"cases": 0, "rows": 0, "late events": 0, "looks": 0, "no events": 0, "refused": 0, "failed": 0}

    def make(self, seed):
        case, chance = RepositoryMaker(random.Random(seed)).case(), random.Random(f"features of {seed}")
        if chance.random() < 0.5:
            case = with_one_feature(case, chance)
        return arrivals.with_arrivals(case, seed) | {"ask": [], "seed": seed}

    def problems(self, case):
        """What is wrong with the stream of a case."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            if not offline.write_project(case, folder):
                self.counts["no events"] += 1
                return []
            done = offline.run(self.binary, folder, "generate", "beam", "--output", "code", "--quiet")
            if done.returncode == 1 and "error[G" in done.stderr:
                self.counts["refused"] += 1
                return []
            if done.returncode != 0:
                return [f"generate: {done.stderr}"]
            messages = {name: {row["number"]: [arrivals.lane_of_row(case, row["number"]), json.dumps(row)] for row in rows} for name, rows in case["events"].items()}
            late = sorted(arrivals.judge(case, list(case["events"])).late)
            request = {"project": str(folder / "code"), "messages": messages, "arrivals": case["arrivals"], "late": late, "seed": case["seed"]}
            answer = self.worker.answer(request)
            return [answer["error"]] if "error" in answer else self.wrong(case, answer, folder)

    def wrong(self, case, answer, folder):
        """What differs between the answer of the generated code and the program's own tables."""
        judged = {name: arrivals.judge(case, said["sources"]) for name, said in answer["entities"].items()}
        late, expected = set(map(tuple, answer["late"])), set().union(*(each.late for each in judged.values()))
        doubtful = set().union(*(each.doubtful for each in judged.values()))
        if not expected <= late <= expected | doubtful:
            return [f"late, but in time: {sorted(late - expected - doubtful)}; in time, but late: {sorted(expected - late)}"]
        self.counts["late events"] += len(late)
        in_time = set().union(*(each.in_time for each in judged.values())) - late
        accepted = {name: [row for row in rows if (name, row["number"]) in in_time] for name, rows in case["events"].items()}
        unused = {name: rows for name, rows in case["events"].items() if not any(name in said["sources"] for said in answer["entities"].values())}
        if not offline.write_project(case | {"events": accepted | unused}, folder):
            return []
        tables, _ = offline.backfill(self.binary, folder, "offline")
        out = []
        for name, said in answer["entities"].items():
            behind = [each for each in answer["behind"] if each[0] in said["sources"]] if "behind" in answer else judged[name].behind
            comparison = Comparison(case, name, said["features"], said["rows"])
            comparison.finals(tables[name])
            questions = comparison.questions(case["seed"], behind)
            places = [dict(zip(comparison.keys, key, strict=True)) | {"event_time": instant} for key, instant, _, _ in questions]
            if places:
                comparison.looks(questions, offline.dataset(self.binary, folder, comparison.keys, places, said["features"]))
            self.counts["rows"] += len(said["rows"])
            self.counts["looks"] += len(places)
            out += comparison.problems
        return out

    def check(self, case):
        problems = self.problems(case)
        self.counts["cases"] += 1
        self.counts["failed"] += bool(problems)
        return problems

    def keep(self, case, more=""):
        path = self.folder / f"seed-{case['seed']}{more}.json"
        path.write_text(text_of(case))
        return path

    def shrink(self, case):
        """A smaller case that still fails, and how."""
        counts = dict(self.counts)
        small = shrink(case, self.problems, SHRINK_TRIES_MAX)
        rest, self.counts = self.problems(small), counts
        return self.keep(small, "-small"), rest


def text_of(case):
    """JSON, a line for each part."""
    parts = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in case.items() if name not in ("repository", "events", "arrivals")]
    parts += ['"repository": [\n' + ",\n".join(map(json.dumps, case["repository"])) + "\n]"]
    events = [f'{json.dumps(name)}: [\n' + ",\n".join(map(json.dumps, rows)) + "\n]" for name, rows in case["events"].items()]
    parts += ['"events": {\n' + ",\n".join(events) + "\n}", f'"arrivals": {json.dumps(case["arrivals"])}']
    return "{\n" + ",\n".join(parts) + "\n}\n"


def report(fuzzer, case, problems, small):
    print(f"seed {case['seed']} failed: {shown(problems)}\n  case: {fuzzer.keep(case)}")
    print(f"  replay: stream_differential.py --seed {case['seed']} --count 1 --binary {fuzzer.binary} --runner {fuzzer.worker.way['runner']}")
    if small:
        path, rest = fuzzer.shrink(case)
        print(f"  smaller: {path}: {shown(rest)}", flush=True)


def shown(problems):
    more = [f"and {len(problems) - SHOWN_MAX} more"] if len(problems) > SHOWN_MAX else []
    return "\n  ".join([*problems[:SHOWN_MAX], *more])


def arguments(args):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seconds", type=float, help="make cases for so long instead of --count")
    parser.add_argument("--binary", type=Path, default=Path("build/headrace"))
    parser.add_argument("--python", type=Path, default=Path(".venv-beam/bin/python"), help="an interpreter with the generated requirements")
    parser.add_argument("--runner", choices=["direct", "hostile"], default="direct", help="Beam's own, or hostile_runner.py")
    parser.add_argument("--kernel", type=Path, help="folder of the unpacked headrace_kernel, to compute with it")
    parser.add_argument("--keep", type=Path, help="folder for failing cases")
    parser.add_argument("--case", type=Path, action="append", default=[], help="a case that was kept, instead of random ones")
    parser.add_argument("--shrink", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--failures-max", type=int, default=5)
    return parser.parse_args(args)


def cases(options, fuzzer):
    start, at = time.monotonic(), options.seed
    for path in options.case:
        yield json.loads(path.read_text())
    while not options.case and (time.monotonic() - start < options.seconds if options.seconds else at < options.seed + options.count):
        yield fuzzer.make(at)
        at += 1


def main(args):
    options, start = arguments(args), time.monotonic()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="headrace-fuzz-"))
    folder.mkdir(parents=True, exist_ok=True)
    fuzzer = Fuzzer(options.binary.resolve(), folder.resolve(), Worker(options.python.absolute(), options.runner, options.kernel))
    for case in cases(options, fuzzer):
        problems = fuzzer.check(case)
        if problems and options.case:
            print(f"failed: {shown(problems)}")
        elif problems:
            report(fuzzer, case, problems, options.shrink)
        if fuzzer.counts["failed"] >= options.failures_max:
            break
    fuzzer.worker.close()
    if options.keep is None and not any(folder.iterdir()):
        folder.rmdir()
    counts = fuzzer.counts
    print(f"stream_differential: {', '.join(f'{n} {what}' for what, n in counts.items())} in {time.monotonic() - start:.0f} s")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
