#!/usr/bin/env python3
"""Runs the examples of our documents through the program and writes their values into them.

    tools/run_examples.py [--build FOLDER] [--check] [PAGE..]     default: all pages under docs/

A page is one small repository. Comments, which a reader does not see, say what its parts are:

    <!-- definitions -->       the YAML block below belongs to the repository
    <!-- events readings -->   the CSV block below are the events of that source
    <!-- ask sensor_id=a 12:00 12:30 -->  the features of the YAML block below are asked at these times
    <!-- values -->            what comes before the next `<!-- end -->` is written by this program: a row for each time

Times without a date are of 2024-03-01. With --check nothing is written; exit code 1 tells that a page is not what the
program says.
"""
import argparse
import csv
import io
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
MARK = re.compile(r"<!-- (definitions|events|ask)( [^>]*)? -->\n```(?:yaml|csv)\n(.*?)```\n", re.S)
VALUES = re.compile(r"\n*<!-- values -->\n.*?<!-- end -->\n", re.S)
DAY = "2024-03-01"


@dataclass
class Ask:
    """Some features of the page, and where they are asked."""

    key: dict
    times: list
    features: list
    end: int  # of the block, in the text of the page


@dataclass
class Page:
    text: str
    definitions: list = field(default_factory=list)
    events: dict = field(default_factory=dict)
    asks: list = field(default_factory=list)


def names_of(document):
    """The names that a definition of a feature stands for: those of a list are made of its parts."""
    names = [document["name"]]
    for key in ("aggregation", "window"):
        if isinstance(document.get(key), list):
            names = [f"{name}_{part}" for name in names for part in document[key]]
    return names


def read_page(text):
    page = Page(text)
    for match in MARK.finditer(text):
        kind, rest, body = match[1], (match[2] or "").split(), match[3]
        if kind == "events":
            page.events[rest[0]] = body
            continue
        page.definitions.append(body.rstrip())
        if kind == "ask":
            key = dict(part.split("=") for part in rest if "=" in part)
            documents = [d["feature"] for d in yaml.safe_load_all(body) if d and "feature" in d]
            shown = [name for document in documents for name in names_of(document)]
            page.asks.append(Ask(key, [part for part in rest if "=" not in part], shown, match.end()))
    return page


def instant(text):
    return text if "T" in text else f"{DAY}T{text}{':00' if text.count(':') == 1 else ''}Z"


def shown(text):
    """A cell: nothing is null; whole doubles keep their point, as the program writes them."""
    return text.replace("|", "\\|") if text else "null"


def values_of(page, program, folder):
    """For each ask, the rows of its table."""
    (folder / "project.yaml").write_text("\n---\n".join(page.definitions) + "\n", encoding="utf-8")
    for name, body in page.events.items():
        (folder / f"{name}.csv").write_text(body, encoding="utf-8")
    out = []
    for number, ask in enumerate(page.asks):
        keys = list(ask.key)
        rows = [",".join([*keys, "event_time"])] + [",".join([*ask.key.values(), instant(time)]) for time in ask.times]
        (folder / "asked.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
        made = folder / f"made-{number}.csv"
        command = [program, "dataset", "--observations", "asked.csv", "--output", made.name, "--features", ",".join(ask.features), "--quiet"]
        done = subprocess.run([str(c) for c in command], cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(ask.features)}: {done.stdout}{done.stderr}")
        found = list(csv.DictReader(io.StringIO(made.read_text(encoding="utf-8"))))
        out.append([[time, *(shown(row[name]) for name in ask.features)] for time, row in zip(ask.times, found, strict=True)])
    return out


def table(headings, rows):
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


def with_values(text, program):
    """The page with the values that the program gives."""
    page = read_page(text)
    if not page.asks:
        return text
    with tempfile.TemporaryDirectory() as folder:
        values = values_of(page, program, Path(folder))
    out, at = [], 0
    for ask, rows in zip(page.asks, values, strict=True):
        there = VALUES.match(text, ask.end)
        headings = ["at", *(f"`{name}`" for name in ask.features)]
        out += [text[at : ask.end], "\n<!-- values -->\n", table(headings, rows), "<!-- end -->\n"]
        at = there.end() if there else ask.end
    return "".join(out) + text[at:]


def pages():
    return [path for path in sorted((ROOT / "docs").rglob("*.md")) if "<!-- ask " in path.read_text(encoding="utf-8")]


def main(args):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("pages", nargs="*", type=Path)
    options = parser.parse_args(args)
    wrong = 0
    for path in options.pages or pages():
        text = path.read_text(encoding="utf-8")
        made = with_values(text, (options.build / "headrace").resolve())
        if made == text:
            continue
        wrong += 1
        print(f"{path}: {'not what the program says; run `make docs`' if options.check else 'written'}")
        if not options.check:
            path.write_text(made, encoding="utf-8")
    return 1 if options.check and wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
