#!/usr/bin/env python3
"""Writes src/compute/functions/case_table.cc: which code points `lower` and `upper` map, and where to.

    tools/make_case_table.py            writes the file
    tools/make_case_table.py --check    fails if the file is not what would be written

A code point maps to the one that Python's str.lower or str.upper gives for it alone, and to itself where that is more
than one. The file names the version of Unicode; another Python may know another one.
"""
import argparse
import pathlib
import sys
import unicodedata

TABLE = pathlib.Path(__file__).resolve().parent.parent / "src/compute/functions/case_table.cc"
ROW = 4


def mappings(mapping):
    """[(code point, mapped)] past ASCII, where they differ."""
    pairs = []
    for point in range(0x80, 0x110000):
        mapped = mapping(chr(point))
        if len(mapped) == 1 and ord(mapped) != point:
            pairs.append((point, ord(mapped)))
    return pairs


def ranges(pairs):
    """[(first, last, stride, delta)]: runs of equal delta at every point or at every second one."""
    out = []
    for point, mapped in pairs:
        delta = mapped - point
        if out:
            first, last, stride, known = out[-1]
            step = point - last
            if delta == known and step in (1, 2) and (first == last or step == stride):
                out[-1] = (first, point, step, delta)
                continue
        out.append((point, point, 1, delta))
    return out


def array(name, found):
    cells = [f"{{{first:#x}, {last:#x}, {stride}, {delta}}}," for first, last, stride, delta in found]
    rows = [" ".join(cells[i : i + ROW]) for i in range(0, len(cells), ROW)]
    body = "\n".join(f"    {row}" for row in rows)
    return f"const std::array<CaseRange, {len(found)}> {name} = {{{{\n{body}\n}}}};\n"


def text():
    lower, upper = ranges(mappings(str.lower)), ranges(mappings(str.upper))
    return f"""// Made by tools/make_case_table.py from Unicode {unicodedata.unidata_version}; do not edit.
// clang-format off
#include "compute/functions/case_mapping.h"

#include <array>

namespace headrace {{
namespace {{

{array("kLowerRanges", lower)}
{array("kUpperRanges", upper)}
}}  // namespace

std::span<const CaseRange> lower_ranges() {{ return kLowerRanges; }}
std::span<const CaseRange> upper_ranges() {{ return kUpperRanges; }}

}}  // namespace headrace
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    arguments = parser.parse_args()
    if not arguments.check:
        TABLE.write_text(text(), encoding="utf-8")
        return 0
    if TABLE.read_text(encoding="utf-8") == text():
        return 0
    print(f"{TABLE.name} is not what tools/make_case_table.py writes; run it", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
