#!/usr/bin/env python3
"""clang-tidy over what a build folder compiles, each file once.

    tools/clang_tidy.py BUILD [JOBS [PATTERN]]

BUILD has a compile_commands.json; of its files those whose names fit the pattern. What was found sound is not read again: BUILD/sound/ has a file for each preprocessed
text, with its comments and macros, that passed. Ends with 1 where something was found.
"""
import hashlib
import json
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TIDY = "clang-tidy-19"
OTHERS = re.compile(r"/embedded/|\.pb\.cc$")  # texts that other programs have written


def compiled(build):
    """The files to look at with their commands: of those that a batch includes, the batch."""
    commands = {each["file"]: each for each in json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))}
    batches = [Path(name).read_text(encoding="utf-8") for name in commands if "/batches/" in name]
    batched = {str(ROOT / "src" / name) for text in batches for name in re.findall(r'#include "(.*)"', text)}
    return [each for name, each in commands.items() if name not in batched and not OTHERS.search(name)]


def text_of(command):
    """What the compiler makes of a file before it understands anything."""
    words = shlex.split(command["command"])
    output = words.index("-o")
    words[output : output + 2] = ["-E", "-C", "-P", "-dD"]
    done = subprocess.run(words, cwd=command["directory"], capture_output=True, check=True)
    return " ".join(words).replace(str(ROOT), "").encode() + done.stdout


def tidied(build, rules, command):
    """(whether it is sound, what was said)"""
    stamp = build / "sound" / hashlib.sha256(rules + text_of(command)).hexdigest()
    if stamp.exists():
        return True, ""
    done = subprocess.run([TIDY, "-p", str(build), "--quiet", command["file"]], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        stamp.touch()
        return True, ""
    return False, done.stdout + done.stderr


def main(args):
    build, jobs = Path(args[0]).resolve(), int(args[1]) if len(args) > 1 else 1
    (build / "sound").mkdir(exist_ok=True)
    rules = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout + (ROOT / ".clang-tidy").read_bytes()
    commands = [each for each in compiled(build) if re.search(args[2] if len(args) > 2 else "", each["file"])]
    with ThreadPoolExecutor(jobs) as threads:
        unsound = 0
        for command, (is_sound, said) in zip(commands, threads.map(lambda each: tidied(build, rules, each), commands), strict=True):
            unsound += not is_sound
            if not is_sound:
                print(f"{command['file']}:\n{said}", flush=True)
    print(f"clang-tidy: {unsound} of {len(commands)} files have problems" if unsound else "clang-tidy: fine", file=sys.stderr)
    return 1 if unsound else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
