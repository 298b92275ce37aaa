#!/usr/bin/env python3
"""Checks that the folders of src/ include each other in one direction only, and that each outside thing has one home.

    tools/check_layers.py [ROOT]

Prints `file:line: what is wrong; what is allowed` for each violation; exit code 1 when there is one.
ARCHITECTURE.md explains the layers; the tables here are the ones that hold.
"""
import re
import sys
from pathlib import Path

# Each layer with the layers directly below it; what those may include is allowed too.
LAYERS = {
    "base": [],
    "data": ["base"],
    "compute": ["data"],
    "language": ["compute"],
    "plan": ["language"],
    "engine": ["plan"],
    "codegen": ["plan"],
    "quality": ["engine"],
    "explain": ["engine"],
    "casefiles": ["engine"],
    "serving": ["engine"],
    "io": ["engine"],
    "store": ["engine"],
    "brokers": ["engine"],
    "online_store": ["data"],
    "reader": ["base"],  # a library of its own, for other programs: of base it takes the clock and the hash, neither fmt nor Result
    "values_file": ["data", "reader"],
    "session": ["codegen", "quality", "explain", "casefiles", "serving", "io"],
    "delivery": ["session", "control_store"],
    "control_store": ["data"],
    "app": ["delivery", "store", "brokers", "online_store", "values_file"],
    "testing": ["engine"],  # linked by tests only
}

# Inside a layer: each folder with the sibling folders that it may include. Layers that are not listed are free inside.
FOLDERS = {
    "compute": {
        "exact": [],
        "functions": [],
        "windows": ["aggregates", "exact"],
        "aggregates": ["exact"],
        "expressions": ["functions"],
    },
    "language": {
        "diagnostics": [],
        "formula": ["diagnostics"],
        "typing": ["formula", "diagnostics"],
        "yaml": ["diagnostics"],
        "definitions": ["yaml", "formula", "diagnostics"],
        "resolution": ["definitions", "yaml", "typing", "formula", "diagnostics"],
        "analysis": ["resolution", "definitions", "yaml", "typing", "formula", "diagnostics"],
        "environments": ["definitions", "yaml", "diagnostics"],
    },
    "engine": {
        "layout": [],
        "meter": ["layout"],
        "rows": ["meter", "layout"],
        "timeline": ["rows"],
        "states": [],
        "steps": ["states", "rows", "meter", "layout"],
        "results": ["steps", "rows"],
        "batch": ["results", "steps", "states", "timeline", "rows", "meter", "layout"],
        "stream": ["results", "steps", "states", "rows", "meter", "layout"],
        "filling": ["batch", "stream", "steps", "rows", "layout"],
    },
    "io": {
        "text": [],
        "paths": ["text"],
        "arrow": ["text"],
        "remote": ["arrow", "paths"],
        "files": ["remote", "arrow", "paths", "text"],
        "csv": ["files", "paths", "text"],
        "json": ["files", "paths", "text"],
        "parquet": ["files", "remote", "arrow", "paths", "text"],
        "tables": ["parquet", "remote", "arrow", "paths"],
        "observations": ["tables", "parquet", "json", "csv", "arrow", "paths", "text"],
        "write": ["observations", "arrow", "text"],
        "commit": [],
        "offline": ["commit", "write"],
    },
    "session": {
        "project": [],
        "running": ["project"],
        "versions": ["project"],
        "new_repository": ["project"],
        "generated": ["project"],
        "jobs": ["generated", "running", "project"],
        "output": ["jobs", "generated", "running", "parity"],
        "live": ["running", "project"],
        "parity": ["live", "project"],
    },
    "delivery": {"judges": [], "change": [], "rollout": ["change", "judges"]},
    "serving": {"http": [], "auth": [], "traces": ["http"], "api": ["http", "auth"]},
    "app": {"commands": [], "server": ["commands"]},
    "brokers": {"messages": []},
    "codegen": {"beam": [], "sql": [], "dbt": ["sql", "steps"], "steps": ["beam", "sql"], "airflow": ["steps", "beam", "sql"], "kubeflow": ["steps", "beam", "sql"], "feast": ["sql"]},
}

# What lies beside the folders of a layer is their floor: the folders may include it, and it includes none of them. These
# are a roof instead: they may include the folders, and no folder includes them.
ROOFS = ("language/", "io/", "app/main.cc")

# Outside libraries: a pattern of the included path, and the layers that may include it.
LIBRARIES = [
    (r"(arrow|parquet)/", ["io"], "libarrow stays in io/: below it, columns are data/column.h"),
    (r"CLI/", ["app"], "the command line is known to app/ only"),
    (r"nlohmann/", ["data"], "JSON is written and read by data/json/: describe the struct"),
    (r"yaml\.h", ["language"], "YAML is read by language/ only"),
    (r"(zlib|zstd)\.h", ["io"], "compression belongs to io/"),
    (r"rocksdb/", ["store"], "only store/ links RocksDB: a server's program has it, a Python package has not"),
    (r"boost/", ["serving"], "Boost is known to serving/http alone, behind http_server.h"),
    (r"librdkafka/", ["brokers"], "only brokers/ links librdkafka: a server's program has it, a Python package has not"),
    (r"(grpc|grpcpp)/", ["brokers"], "only brokers/pubsub/ links gRPC, into a module that the program loads where it reads from Pub/Sub"),
    (r"google/protobuf/", ["brokers"], "only brokers/ links Protobuf, in messages and pubsub: a server's program has it, a Python package has not"),
    (r"sqlite3", ["control_store"], "only control_store/ links SQLite"),
    (r"hiredis", ["online_store"], "only online_store/ links hiredis: a server's program has it, a Python package has not"),
]

# Tests read what was written with a reader that is not ours.
LIBRARIES_OF_TESTS = r"nlohmann/"

# Constructs with one home: a pattern of the code, the path prefixes where it may stand, and what to do instead.
CONSTRUCTS = [
    (
        r"\bchrono::\w+_clock\b|\b(clock_gettime|gettimeofday)\s*\(|\bstd::time\s*\(|\btime\s*\(\s*(nullptr|NULL|0)\s*\)",
        ["src/base/"],
        "only base/clock knows the time; take a Clock",
    ),
    (r"\bthrow\b(?!\s*\()", [], "no exceptions that the same file does not catch: return Result, collect Diagnostics, or CHECK"),
    (r"\bstd::(rand|random_device)\b|\bsrand\s*\(", ["src/testing/"], "randomness comes from a seed"),
    (r"\b(std::)?(cout|cerr|printf)\b(?!_)|\bfprintf\s*\(", ["src/app/", "src/base/", "src/session/"], "only the app talks to the terminal"),
]

# Headers of definitions, which end where the plan begins: a pattern of the included path, the layers that read the plan
# instead, and files there that have a reason.
DEFINITIONS = r"language/(load_repository|definitions/repository)\.h|plan/make_plan\.h"
READERS_OF_PLANS = ["engine", "codegen", "quality", "explain", "casefiles", "io"]
MAKERS_OF_PLANS = ["src/casefiles/case_file.h", "src/casefiles/case_run.h", "src/casefiles/case_run.cc"]  # a case's own definitions

# A text below app/ that holds an option of the command line, such as `--start`: other surfaces have other words for it.
OPTION = re.compile(r"--[a-z][a-z-]+")
OPTION_INSTEAD = 'only app/ knows the command line: name it with option(OptionName::..) of base/option_name.h'
# Texts that are generated for other programs than ours, or for people who run ours from them.
OPTION_HOMES = {
    "src/app/": "the command line",
    "src/codegen/beam/project_texts": "README and requirements of a generated project, with its own program's options",
    "src/codegen/refusal_codes.cc": "G004 is told by the generated pipeline itself, whose options these are",
    "src/codegen/sql/offline_files.cc": "comment in a generated file",
    "src/session/project/revision.cc": "of git, which it runs",
    "src/codegen/sql/readme.cc": "README of a generated project",
}

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def reach(layer):
    """The layer itself and everything that it may include."""
    found, todo = [], [layer]
    while todo:
        name = todo.pop(0)
        if name not in found:
            found.append(name)
            todo += LAYERS[name]
    return found


def code_lines(text):
    """The lines with comments and the insides of string literals blanked, so that patterns see code only."""
    text = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.S)
    out = []
    for line in text.split("\n"):
        if not INCLUDE.match(line):
            line = re.sub(r'"(\\.|[^"\\])*"', '""', line)
        out.append(re.sub(r"//.*", "", line))
    return out


def option_in_text(line):
    """The option of a command line inside a string literal of the line, or None."""
    for literal in re.findall(r'"((?:\\.|[^"\\])*)"', line):
        if found := OPTION.search(literal):
            return found[0]
    return None


def check_include(path, parts, kind, target, is_test):
    """The complaint about one include, or None."""
    layer, top = parts[0], target.split("/")[0]
    if kind == "<" or top not in LAYERS:
        for pattern, layers, reason in LIBRARIES:
            is_free = layer in layers or (is_test and re.match(LIBRARIES_OF_TESTS, target))
            if re.match(pattern, target) and not is_free:
                return f"{layer}/ includes <{target}>: {reason}; allowed in: {', '.join(layers)}"
        if kind == '"' and "/" not in target:
            return f'includes "{target}": paths are rooted at src, for example "{layer}/{target}"'
        return None
    if top == "testing":
        return None if is_test or layer == "testing" else f"{path.name} includes testing/, which only *_test.cc and *_fuzzer.cc may"
    if top not in reach(layer):
        return f"{layer}/ includes {target}; allowed: {', '.join(sorted(reach(layer)))}"
    relative = "src/" + "/".join(parts)
    if re.match(DEFINITIONS, target) and layer in READERS_OF_PLANS and relative not in MAKERS_OF_PLANS and not is_test:
        return f"{layer}/ includes {target}: it reads the plan and nothing else; include plan/plan.h"
    return check_rooms(parts, target) if top == layer and layer in FOLDERS and not is_test else None


def check_rooms(parts, target):
    """The complaint about an include inside a layer, or None."""
    layer, folders, target_parts = parts[0], FOLDERS[parts[0]], target.split("/")
    here = parts[1] if len(parts) > 2 else ""
    there = target_parts[1] if len(target_parts) > 2 else ""
    if here == there:
        return None
    if not there:
        return f"{layer}/{here}/ includes {target}, which lies above the folders of {layer}/" if target.startswith(ROOFS) else None
    if not here:
        return None if "/".join(parts).startswith(ROOFS) else f"{layer}/ includes {target}: what lies beside its folders includes none of them"
    if here in folders and there in folders and there not in folders[here]:
        allowed = ", ".join(f"{layer}/{f}" for f in folders[here]) or "nothing beside itself"
        return f"{layer}/{here}/ includes {target}; allowed in this layer: {allowed}"
    return None


def check_file(root, path):
    relative = path.relative_to(root).as_posix()
    parts = relative.split("/")[1:]
    if parts[0] not in LAYERS:
        yield f"{relative}:1: folder {parts[0]}/ is not in the table of layers; allowed: {', '.join(LAYERS)}"
        return
    is_test = path.stem.endswith(("_test", "_testing", "_fuzzer"))
    text = path.read_text(encoding="utf-8")
    catches = path.suffix == ".cc" and re.search(r"\bcatch\s*\(", text)
    raw = text.split("\n")
    for number, line in enumerate(code_lines(text), 1):
        if include := INCLUDE.match(line):
            if complaint := check_include(path, parts, include[1], include[2], is_test):
                yield f"{relative}:{number}: {complaint}"
            continue
        if not is_test and not relative.startswith(tuple(OPTION_HOMES)) and (option := option_in_text(raw[number - 1])):
            yield f"{relative}:{number}: `{option}` in a text: {OPTION_INSTEAD}"
        for pattern, homes, instead in CONSTRUCTS:
            found = re.search(pattern, line)
            if found and not is_test and not relative.startswith(tuple(homes)) and not (catches and found[0] == "throw"):
                yield f"{relative}:{number}: `{found[0].strip()}`: {instead}"


def violations(root):
    for path in sorted((root / "src").rglob("*")):
        if path.suffix in (".h", ".cc"):
            yield from check_file(root, path)


def main(args):
    root = Path(args[0]) if args else Path(__file__).resolve().parent.parent
    found = list(violations(root))
    for line in found:
        print(line)
    print(f"check_layers: {len(found)} violations" if found else "check_layers: fine", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
