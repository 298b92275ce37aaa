#!/usr/bin/env python3
"""The generated Beam pipeline on Flink, by its Python steps and by the native kernel, beside the engine alone and beside
Beam's own reading and shuffling of the same events.

    make bench-beam, or: own_network.py .venv-flink/bin/python benchmarks/beam/run.py --kernel WHEEL

Every run is a process of its own; its cost is the CPU time of all processes that take part: the client, Flink's managers,
Beam's job server and the Python workers. Tables are compared with the engine's. Servers are those of tests/flink.
"""
import argparse
import datetime
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent), str(ROOT / "tests" / "flink")]

import generate  # noqa: E402
import machine  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402
import servers  # noqa: E402

FEATURES = ",".join(f"efficiency_{name}" for name in ("mean", "min", "max", "stddev", "count"))
FILES = 8
RUN_SECONDS_MAX = 240
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids):
    """Of these processes and all that came of them, also those that have ended and were waited for."""
    parents, times = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # It has ended.
        pid = int(stat.parent.name)
        parents[pid] = int(fields[1])
        times[pid] = sum(int(field) for field in fields[11:15]) / TICKS
    total = 0.0
    for pid in times:
        ancestor = pid
        while ancestor not in pids and ancestor in parents:
            ancestor = parents[ancestor]
        total += times[pid] if ancestor in pids else 0.0
    return total


def run(command, folder, pids=(), environment=None, tries=3):
    """Seconds and CPU-seconds of a command, with what other processes spend meanwhile.

    Beam's client may miss that its job has finished, and waits for ever: such a run is not counted but begun again.
    """
    before = cpu_seconds(pids), resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    words = [str(part) for part in command]
    try:
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, env=environment, timeout=RUN_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        if tries == 1:
            raise
        print(f"not within {RUN_SECONDS_MAX} s: begun again", file=sys.stderr, flush=True)
        return run(command, folder, pids, environment, tries - 1)
    seconds = time.monotonic() - start
    if done.returncode != 0:
        sys.exit(f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-8000:]}")
    own = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = own.ru_utime + own.ru_stime - before[1].ru_utime - before[1].ru_stime
    return {"seconds": round(seconds, 2), "cpu_seconds": round(cpu + cpu_seconds(pids) - before[0], 2)}, done.stderr


def make_data(folder, events, pumps):
    """events/0.parquet, ..: Beam reads a file with one worker, so the log is cut into several."""
    generate.make(folder, events, 1, pumps, days=90)
    log = pq.read_table(folder / "events.parquet")
    (folder / "events").mkdir()
    size = -(-events // FILES)
    for number in range(FILES):
        pq.write_table(log.slice(number * size, size), folder / "events" / f"{number}.parquet", **generate.PARQUET)
    for path in folder.glob("*.[if]*"):
        path.unlink()
    (folder / "events.parquet").unlink()


def make_project(folder, binary, events, pumps):
    shutil.copytree(ROOT / "benchmarks" / "project", folder)
    make_data(folder / "data", events, pumps)
    text = (folder / "project.yaml").read_text().replace("data/events.parquet", "data/events")
    (folder / "project.yaml").write_text(text)
    subprocess.run([binary, "generate", "beam", "--output", "code", "--quiet"], cwd=folder, check=True, capture_output=True)
    subprocess.run([binary, "backfill", "--output", "expected", "--features", FEATURES, "--quiet"], cwd=folder, check=True, capture_output=True)
    return folder


def compare(project, output):
    """The pipeline's days are the engine's."""
    rows = 0
    expected = sorted((project / "expected" / "pump").glob("day=*/*.parquet"))
    for file in expected:
        a, b = (pq.ParquetFile(path).read() for path in (file, output / "pump" / file.parent.name / "part-0.parquet"))
        if not a.cast(b.schema).equals(b):  # The engine also says that keys and times are never null.
            sys.exit(f"{output}: {file.parent.name} differs")
        rows += a.num_rows
    if len(list((output / "pump").glob("day=*"))) != len({file.parent for file in expected}):
        sys.exit(f"{output}: other days than the engine's")
    shutil.rmtree(output)
    return rows


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder, self.results = options, folder, []
        self.site = folder / "kernel"
        with zipfile.ZipFile(options.kernel) as wheel:
            wheel.extractall(self.site)

    def add(self, what, workers, events, found, **more):
        line = {"what": what, "workers": workers, "events": events, **found, **more}
        self.results.append(line)
        print(json.dumps(line), flush=True)

    def least(self, measure):
        """The round with the least CPU time: a shared machine adds, it never takes away."""
        return min((measure() for _ in range(self.options.rounds)), key=lambda found: found["cpu_seconds"])

    def engine(self, project, events, threads):
        command = [self.options.binary, "backfill", "--output", "again", "--features", FEATURES, "--threads", threads, "--quiet"]

        def measure():
            shutil.rmtree(project / "again", ignore_errors=True)
            return run(command, project)[0]

        self.add("engine", threads, events, self.least(measure))

    def pipeline(self, project, events, workers, kernel, on_flink, pids):
        output = project / "out"
        command = [sys.executable, "code/pipeline.py", "--mode=backfill", f"--base={project}", f"--output={output}",
                   f"--features={FEATURES}", f"--kernel={kernel}", *on_flink]
        environment = os.environ | {"PYTHONPATH": str(self.site)}

        def measure():
            shutil.rmtree(output, ignore_errors=True)
            found, said = run(command, project, pids, environment)
            if kernel == "native" and f"kernel_rows_read: {events:,}" not in said:
                sys.exit(f"the kernel has not taken all events: {said[-2000:]}")
            compare(project, output)
            return found

        self.add(f"pipeline, {kernel} kernel", workers, events, self.least(measure))

    def beam_alone(self, project, events, workers, what, on_flink, pids):
        command = [sys.executable, HERE / "reading_and_shuffling.py", what, f"--input={project}/data/events",
                   f"--code={project}/code", f"--count={events}", *on_flink]
        self.add(f"Beam alone, {what}", workers, events, self.least(lambda: run(command, project, pids)[0]))

    def on_flink(self, projects, workers):
        paths = [projects[0][0] / "code", HERE, self.site]
        folder = self.folder / f"servers-{workers}"
        folder.mkdir()
        with (servers.FlinkCluster(folder, slots=workers) as flink,
              servers.JobServer(folder, flink.address) as job_server,
              servers.WorkerPool(folder, sys.executable, paths) as pool):
            pids = {each.process.pid for each in (flink.job_manager, *flink.task_managers, job_server, pool)}
            options = ["--runner=PortableRunner", f"--job_endpoint={job_server.address}", "--environment_type=EXTERNAL",
                       f"--environment_config={pool.address}", f"--parallelism={workers}", f"--sdk_worker_parallelism={workers}"]
            self.pipeline(*projects[0], workers, "native", options, pids)  # Fresh managers pay for their start.
            self.results.pop()
            for project, events in projects:
                if events != self.options.python_events:
                    self.pipeline(project, events, workers, "native", options, pids)
                    self.beam_alone(project, events, workers, "batches", options, pids)
                    self.beam_alone(project, events, workers, "events", options, pids)
                if events in (projects[0][1], self.options.python_events):
                    self.pipeline(project, events, workers, "python", options, pids)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernel", type=Path, required=True, help="the wheel of headrace-kernel")
    parser.add_argument("--binary", type=Path, default=ROOT / "build" / "headrace")
    parser.add_argument("--few_events", type=int, default=20_000, help="what a job costs by itself")
    parser.add_argument("--python_events", type=int, default=200_000, help="for the Python steps, which are slow")
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--pumps", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--output", type=Path, default=HERE / "results.json")
    options = parser.parse_args()
    facts = machine.facts(options.binary) | {"load_before": os.getloadavg()}
    counts = (options.few_events, options.python_events, options.events)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        projects = [(make_project(folder / str(count), options.binary, count, options.pumps), count) for count in counts]
        bench = Bench(options, folder)
        for workers in options.workers:
            for project in projects:
                bench.engine(*project, workers)
            bench.on_flink(projects, workers)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    command = " ".join(["benchmarks/beam/run.py", *(part for part in sys.argv[1:] if not part.endswith(".whl") and part != "--kernel")])
    record = {"command": command, "commit": commit, "date": datetime.date.today().isoformat(), "machine": facts, "runs": bench.results}
    options.output.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
