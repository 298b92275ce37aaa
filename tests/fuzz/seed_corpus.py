#!/usr/bin/env python3
"""Writes seeds for the libFuzzer targets from the case files: definitions for *yaml*, formulas for *formula*.

    seed_corpus.py FOLDER        makes FOLDER/TARGET/ for each src/**/TARGET_fuzzer.cc

Which seeds a target gets follows from its name; a target may also have files of its own in tests/fuzz/corpus/TARGET/.
"""
import hashlib
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent


def repositories():
    for path in sorted((ROOT / "tests" / "cases").glob("*.yaml")):
        case = yaml.safe_load(path.read_text(encoding="utf-8"))
        if "repository" in case:
            yield case["repository"]


def formulas():
    for text in repositories():
        for document in filter(None, yaml.safe_load_all(text)):
            body = document.get("feature", {})
            made = body.get("formula", [])
            yield from (str(f) for f in (made if isinstance(made, list) else [made]))
            if "filter" in body:
                yield str(body["filter"])


def case_files():
    for path in sorted((ROOT / "tests" / "cases").glob("*.yaml")):
        yield path.read_text(encoding="utf-8")


def seeds_of(target):
    if "formula" in target or "expression" in target:
        return formulas()
    return case_files() if "case" in target else repositories()


def main(folder):
    for source in sorted((ROOT / "src").rglob("*_fuzzer.cc")):
        place = Path(folder) / source.stem
        place.mkdir(parents=True, exist_ok=True)
        for seed in seeds_of(source.stem):
            data = seed.encode()
            (place / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


if __name__ == "__main__":
    main(sys.argv[1])
