#!/usr/bin/env python3
"""Writes the generated part of docs/reference from the built program: commands, diagnostics, JSON Schemas.

    tools/generate_reference.py [--build FOLDER] [--check]

With --check nothing is written; exit code 1 tells that a page is not what the program says.
"""
import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
SCHEMAS = ["definitions", "tests", "manifest"]


EXIT_CODES = """## Exit codes

| code | meaning | repeat it? |
|---|---|---|
| 0 | fine | |
| 1 | problems in the definitions or in data, also in what is stored: damaged files, edited files that would be lost, other meanings | after a change |
| 2 | wrong use of the command, or a name that does not exist | after a change |
| 3 | the environment: a file is missing, a disk is full, a server does not answer, another process is writing | yes |
| 4 | kept for `plan`: it found changes | |
| 130 | stopped by Ctrl-C; what was there is as it was | yes |
"""


def run(*command):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, check=True).stdout


def commands_page(program):
    overview = run(program, "--help")
    listed = overview.split("Commands:\n")[1].split("\n\n")[0]
    names = re.findall(r"^  (\w+)", listed, flags=re.M)
    parts = ["# Commands\n", "```\n" + overview.rstrip() + "\n```\n"]
    for name in names:
        parts.append(f"## headrace {name}\n\n```\n{run(program, name, '--help').rstrip()}\n```\n")
    parts.append(EXIT_CODES)
    return "\n".join(parts)


def schema_names(program):
    """What `headrace schema --of` offers, by its own help."""
    text = " ".join(run(program, "schema", "--help").split())
    offered = re.search(r"--of ([\w|-]+)", text)
    return offered[1].split("|") if offered else SCHEMAS


def pages(build):
    program = build / "headrace"
    out = {"commands.md": commands_page(program), "diagnostics.md": run(build / "diagnostics_page")}
    for name in schema_names(program):
        out[f"schemas/{name}.schema.json"] = run(program, "schema", "--of", name)
    return out


def main(args):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args(args)
    wrong = 0
    for name, text in pages(options.build).items():
        path = REFERENCE / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        wrong += 1
        print(f"{path.relative_to(ROOT)}: {'not what the program says; run `make docs`' if options.check else 'written'}")
        if not options.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 1 if options.check and wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
