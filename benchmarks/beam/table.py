#!/usr/bin/env python3
"""Puts the table of results.json into README.md between its marks: table.py [RESULTS]"""
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
NAMES = {
    "engine": "`headrace backfill` alone",
    "pipeline, native kernel": "pipeline, `--kernel native`",
    "pipeline, python kernel": "pipeline, Python steps",
    "Beam alone, events": "Beam's own reading and shuffling, an element for each event",
    "Beam alone, batches": "reading and shuffling of the kernel's batches, without the kernel",
}


def row(runs):
    """The job with most events, and what an event costs beyond the smallest job of the kind."""
    small, large = min(runs, key=lambda each: each["events"]), max(runs, key=lambda each: each["events"])
    micros = (large["cpu_seconds"] - small["cpu_seconds"]) / (large["events"] - small["events"]) * 1e6
    rate = large["events"] / large["seconds"]
    return micros, f"{large['events']:,} | {large['seconds']:.1f} | {rate:,.0f} | {large['cpu_seconds']:.1f} | {small['cpu_seconds']:.1f} | {micros:.1f}"


def table(record):
    machine = record["machine"]
    load = ", ".join(f"{each:.0f}" for each in machine["load_before"])
    lines = [
        f"`{record['command']}` at commit {record['commit'][:12]}, {record['date']}: {machine['cores']} cores of {machine['cpu']}, "
        f"{machine['memory_gb']} GB, Linux {machine['kernel']}; load before {load}.",
        "",
        "| workers | work | events | s | events/s | CPU s | CPU s of a small job | µs CPU an event | of Beam's own |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for workers in sorted({each["workers"] for each in record["runs"]}):
        of_workers = [each for each in record["runs"] if each["workers"] == workers]
        found = {what: row([each for each in of_workers if each["what"] == what]) for what in NAMES}
        own = found["Beam alone, events"][0]
        lines += [f"| {workers} | {NAMES[what]} | {text} | {micros / own:.2f} |" for what, (micros, text) in found.items()]
    return "\n".join(lines)


def main():
    record = json.loads(Path(sys.argv[1] if len(sys.argv) > 1 else HERE / "results.json").read_text())
    page = HERE / "README.md"
    before, rest = page.read_text().split(BEGIN)
    page.write_text(f"{before}{BEGIN}\n{table(record)}\n{END}{rest.split(END)[1]}")


if __name__ == "__main__":
    main()
