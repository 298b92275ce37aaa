#!/usr/bin/env python3
"""CPU-seconds of a task by stage, from `perf record`; profile.sh calls it.

    stages.py TASK DATA

A sample belongs to the first stage below whose pattern its function matches. Samples are taken by the clock of the CPU, a
thousand a second and core, so their number is the time. What the compiler put inline counts for the caller: updates of
exact sums are a part of `slide windows`. Copies (memmove) of all stages are one line, as are the pages of the kernel.
"""
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

from compare import ROOT, Bench

HERTZ = 999
# (stage, shared object, function); the first that matches.
STAGES = [
    ("kernel: pages, files", r"^\[", r""),
    ("encode Parquet", r"", r"Encoder|ColumnWriter|WritePath|Compress(?!ed)(?!.*Decompress)|TypedStatistics|ArrowWriter|FileWriter|PageWriter|RecordBatchWriter|array_of|PartWriter|OfflineSink"),
    ("decode Parquet", r"libparquet|libarrow|libsnappy", r""),
    ("decode Parquet", r"", r"parquet::|arrow::|snappy::|convert_|visit_numbers|ArrowConversion|ConversionMethod|Inflate|ZSTD"),
    ("checksum", r"", r"Checksum"),
    ("evaluate formulas", r"", r"Evaluator|RowReader|load_column|store_slots|_loop|arithmetic|functions|apply_"),
    ("round and write values", r"", r"write_outputs|round_|variance|sqrt|::write\b"),
    ("slide windows", r"", r"Kernel|Cursor|::advance|RingSet|Ring\b|TwoStacks|Extremes|Moments|SumBase|ExactSums|Aggregate|SortedBlocks"),
    ("scatter to keys", r"", r"KeyTable|Partition|StepBuilder|sort_block|Timeline|RowBlock|SeriesState|radix|run_on|key_columns|bounds_at"),
    ("gather results", r"", r"column_of|time_column|ResultColumns|Batch|gather|backfill|dataset"),
    ("memory and copies", r"libc|ld-linux|libstdc", r""),
    ("memory and copies", r"", r"malloc|free|memmove|memcpy|memset|mi_|je_|operator new|operator delete"),
    ("other", r"", r""),
]
PATTERNS = [(stage, re.compile(dso), re.compile(function)) for stage, dso, function in STAGES]


def stage_of(dso, function):
    return next(stage for stage, dsos, functions in PATTERNS if dsos.search(dso) and functions.search(function))


def record(command, file):
    subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-F", str(HERTZ), "-o", file, "--", *map(str, command)],
                   check=True, stdout=subprocess.DEVNULL)


def samples(file):
    """((object, function), samples) of a recording."""
    report = subprocess.run(["perf", "report", "-i", file, "--stdio", "--no-children", "-F", "sample,dso,symbol", "-w", "0", "-t", "\t"],
                            check=True, capture_output=True, text=True).stdout
    for line in report.splitlines():
        cells = line.split("\t")
        if len(cells) == 3 and not line.startswith("#"):
            yield (cells[1].strip(), cells[2].strip()), int(cells[0])


def short(function):
    """A name without namespaces, arguments and all but the first template argument."""
    name = re.sub(r"\(anonymous namespace\)::|headrace::|parquet::|arrow::|snappy::|internal::|\(.*?\)", "", function)
    return re.sub(r"<([^,<>]*(?:<[^<>]*>)?)[^>]*>", r"<\1>", name)[:44]


def table(counted):
    stages, heaviest = Counter(), defaultdict(Counter)
    for (dso, function), count in counted:
        stage = stage_of(dso, function)
        stages[stage] += count
        heaviest[stage][re.sub(r"^\[.\] ", "", function)] += count
    total = sum(stages.values())
    lines = [f"{'stage':24} {'CPU-s':>7} {'share':>6}  heaviest functions"]
    for stage, count in stages.most_common():
        names = ", ".join(f"{short(name)} {part / HERTZ:.2f}" for name, part in heaviest[stage].most_common(3))
        lines.append(f"{stage:24} {count / HERTZ:7.2f} {count / total:6.1%}  {names}")
    return "\n".join([*lines, f"{'all':24} {total / HERTZ:7.2f}"])


def main():
    task, data = sys.argv[1], Path(sys.argv[2]).resolve()
    if not (data / "events.parquet").exists():
        print(f"profile: {data} holds no events.parquet; `benchmarks/run.sh --no-peers` makes it", file=sys.stderr)
        return 3
    binary = Path(os.environ.get("HEADRACE_BINARY", ROOT / "build" / "headrace"))
    with tempfile.TemporaryDirectory(dir=data.parent) as folder:
        bench = Bench(data, binary.resolve(), None, Path(folder))
        file = str(Path(folder) / "perf.data")
        record(bench.command(task), file)
        print(table(samples(file)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
