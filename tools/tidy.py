#!/usr/bin/env python3
"""House rules that a person would otherwise have to remember. Each message says what to do instead.

    tools/tidy.py [ROOT]

Prints `file:line: message`; warnings begin with "warning:" and do not fail. What clang-tidy and check_layers.py see is
not repeated here.
"""
import re
import subprocess
import sys
from pathlib import Path

FILE_LINES_MAX = 500
FILE_LINES_WARN = 400
FUNCTION_LINES_MAX = 70
PARAGRAPH_LINES_MAX = 25

CODE = {".h", ".cc", ".py", ".sh", ".cmake"}
TEXT = CODE | {".md", ".yaml", ".yml", ".json", ".txt", ".toml"}
# Copies that must stay byte for byte what they are, and the tools that name what they ban.
EXEMPT = ("tests/oracle/", "tests/cases/", "docs/runtimes/feature-language.md", "tools/tidy.py", "tests/structure/", "LICENSE")

# (pattern, where: suffixes, message)
BANNED = [
    (r"\b(TODO|FIXME|XXX)\b", CODE, "an open end: do it, or write down what is missing in the docs"),
    (r"[ \t]+$", CODE | {".md"}, "trailing blanks: remove them"),
    (r"\t", {".h", ".cc", ".py"}, "a tab: use blanks"),
    (r"\busing namespace\b", {".h", ".cc"}, "`using namespace` is banned, name what is used"),
    (r"\b(NULL)\b", {".h", ".cc"}, "NULL is banned, use nullptr"),
    (r"\bassert\s*\(", {".h", ".cc"}, "assert is banned, use CHECK, which is there in release builds too"),
    (r"\b(atoi|atof|stod|stof|stoll|setlocale)\s*\(", {".h", ".cc"}, "depends on the locale or throws: use std::from_chars"),
    (r"-ffast-math|-funsafe-math|-ffp-contract=fast", CODE | {".txt"}, "values must have the same bits everywhere: no fused or reordered arithmetic"),
    (r"\bstd::regex\b", {".h", ".cc"}, "std::regex is slow and overflows the stack on long input: write the scanner"),
    (r"#ifndef\s+\w+_H_?\b", {".h"}, "use #pragma once"),
    (r"\bsleep_for\b|\btime\.sleep\(", {".h", ".cc", ".py"}, "a sleep: wait for the event itself"),
]

# A path from the root: not what follows a folder's name, a closed part of a pattern or a text that it is appended to.
ABSOLUTE = re.compile(r"""(?<![\w.)}\]>$*?%@\-/:\\#])(?<!\+ ["'])(?<!\+["'])/(\w[\w.-]*)/(?=\w)(?!v\d)""")
# Where every machine has its folders, what examples say, and the paths of our server and of a schema registry.
EVERYWHERE = {"bin", "dev", "etc", "nope", "nowhere", "opt", "path", "proc", "schemas", "srv", "subjects", "sys", "usr", "v1", "var"}

# Enums of which every runtime, and every surface, must know every member; elsewhere a family of functions handles a part of an enum.
COMPLETE_ENUMS = ("Aggregation", "StateKind", "WindowSpec::Kind", "CheckType", "OptionName", "RequestName")
VAGUE = re.compile(r"(^|[/_])(utils?|helpers?|common|misc|managers?)([./_]|$)", re.I)
# A function's first line: at most one level deep, ends with `{`, has a parameter list, is no control statement.
FUNCTION = re.compile(r"^(?: {2})?(?!.*\b(namespace|struct|class|enum|union|if|for|while|switch|do|else|return|catch)\b)\S.*\).*\{\s*$")
# The first line of the definition of a type at the margin; declarations end with `;`, nested types have `::`.
TYPE = re.compile(r"^(?:struct|class|union|enum(?: class| struct)?)\s+(?:alignas\([^)]*\)\s*|\[\[[^\]]*\]\]\s*)*(\w+)\b(?!::|<)(?![^{]*;)")


def tracked(root):
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=root, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return [n for n in names if (root / n).is_file() and not n.startswith(EXEMPT)]


def check_names(name):
    if VAGUE.search(name):
        yield f"{name}:1: a name that says nothing: ask what its contents have in common beyond being useful"


def check_banned(name, lines):
    is_cpp = Path(name).suffix in (".h", ".cc")
    for number, line in enumerate(lines, 1):
        if is_cpp:
            line = re.sub(r'"(\\.|[^"\\])*"', '""', line)
        for pattern, suffixes, message in BANNED:
            if Path(name).suffix in suffixes and re.search(pattern, line):
                yield f"{name}:{number}: {message}"


def check_paths(name, lines):
    for number, line in enumerate(lines, 1):
        if any(found[1] not in EVERYWHERE for found in ABSOLUTE.finditer(line)):
            yield f"{name}:{number}: a path of one machine: use a relative path or a temporary folder"


def check_length(name, lines):
    if Path(name).suffix in (".h", ".cc", ".py"):
        if len(lines) > FILE_LINES_MAX:
            yield f"{name}:{len(lines)}: {len(lines)} lines, at most {FILE_LINES_MAX}: find the second subject and give it a file"
        elif len(lines) > FILE_LINES_WARN:
            yield f"warning: {name}:{len(lines)}: {len(lines)} lines, aim at {FILE_LINES_WARN}"


def functions(lines):
    """(number of the first line, lines of the body that are code) of each function.

    Functions begin at the margin or inside a class and end at the first `}` with the same indentation.
    """
    start, indent, raw, body = None, "", None, []
    for number, line in enumerate(lines, 1):
        if raw:  # a text in a raw string is no code
            raw = None if raw in line else raw
            continue
        if start is None:
            if FUNCTION.match(line):
                start, indent, body = number, line[: len(line) - len(line.lstrip())], []
        elif line.startswith(indent + "}"):
            yield start, body
            start = None
        else:
            body.append(line)
        if (opened := re.search(r'R"(\w*)\(', line)) and f'){opened[1]}"' not in line[opened.end() :]:
            raw = f'){opened[1]}"'


def longest_paragraph(body):
    """The most lines of a body that follow each other without a blank line or a remark."""
    longest, run = 0, 0
    for line in body:
        is_pause = not line.strip() or line.lstrip().startswith("//")
        run = 0 if is_pause else run + 1
        longest = max(longest, run)
    return longest


def check_functions(name, lines):
    """Tests are exempt: a body there is one story, and often a list of facts with nothing to divide."""
    if Path(name).suffix not in (".h", ".cc") or name.endswith("_test.cc"):
        return
    for start, body in functions(lines):
        length = len(body) + 2
        if length > FUNCTION_LINES_MAX:
            yield f"{name}:{start}: a function of {length} lines, at most {FUNCTION_LINES_MAX}: branch here, work in functions"
        wall = longest_paragraph(body)
        if wall > PARAGRAPH_LINES_MAX:
            yield f"{name}:{start}: a wall of {wall} lines: a blank line between thoughts, a remark where the thought is not its code"


def check_switches(name, lines):
    """A `default:` hides from the compiler which cases a new enumerator lacks."""
    if not name.startswith("src/") or Path(name).suffix not in (".h", ".cc"):
        return
    for number, line in enumerate(lines, 1):
        if re.match(r"\s*default:", line):
            depth, at = 0, number - 1
            while at >= 0 and not (depth < 0 and "switch" in lines[at]):
                depth += lines[at].count("}") - lines[at].count("{")
                at -= 1
            body = "\n".join(lines[max(at, 0) : number])
            for enum in COMPLETE_ENUMS:
                if re.search(rf"\bcase\s+{enum}::k[A-Z]", body):
                    yield f"{name}:{number}: `default:` over {enum}: list the cases, so that the compiler finds forgotten ones"


def check_header(name, lines):
    if name.startswith("src/") and name.endswith(".h"):
        if not lines or lines[0] != "#pragma once":
            yield f"{name}:1: a header begins with #pragma once"
        elif not any(line.startswith("///") for line in lines[:6]):
            yield f"{name}:2: a header says what it is and why, with ///, before anything else"


def defined_types(lines):
    """The types that a file defines in namespace headrace: not nested, not in an anonymous namespace."""
    is_private = False
    for number, line in enumerate(lines, 1):
        if re.match(r"namespace\s*\{", line):
            is_private = True
        elif re.match(r"\}\s*// namespace\s*$", line):
            is_private = False
        elif not is_private and (found := TYPE.match(line)):
            yield number, found[1]


def check_types(types):
    """Two types of one name in one program break the rule of one definition: the linker takes one's functions for both."""
    for type_name, places in sorted(types.items()):
        for place in places[1:]:
            yield f"{place}: `{type_name}` is also defined at {places[0]}: a type is defined in one file only, give one of them a name of its own"


def complaints(root):
    types = {}
    for name in tracked(root):
        yield from check_names(name)
        if Path(name).suffix in TEXT or Path(name).name == "CMakeLists.txt":
            lines = (root / name).read_text(encoding="utf-8").splitlines()
            for check in (check_banned, check_paths, check_length, check_functions, check_switches, check_header):
                yield from check(name, lines)
            if name.startswith(("src/", "python/")) and Path(name).suffix in (".h", ".cc"):
                for number, type_name in defined_types(lines):
                    types.setdefault(type_name, []).append(f"{name}:{number}")
    yield from check_types(types)


def main(args):
    root = Path(args[0]) if args else Path(__file__).resolve().parent.parent
    found = list(complaints(root))
    for line in found:
        print(line)
    errors = sum(not line.startswith("warning:") for line in found)
    print(f"tidy: {errors} errors, {len(found) - errors} warnings" if found else "tidy: fine", file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
