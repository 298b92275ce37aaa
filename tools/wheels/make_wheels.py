#!/usr/bin/env python3
"""Builds the wheels of python/ for each CPython of this machine, tags them with the distributions on which they run, and
tries each in a clean environment.

    tools/wheels/make_wheels.py [--output build/wheels] [PYTHON ..]

Without names: CPython from 3.11 on that has its headers, on the PATH and in pyenv, one of each minor version. Says beforehand
how long it takes. What is between lies in build/python.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import wheel_build
from wheel_build import PROGRAM_BUILD, ROOT, run

WORK = PROGRAM_BUILD / "python"
REQUIREMENTS = ROOT / "tools" / "requirements-wheels.txt"
PACKAGES = ("headrace", "headrace-kernel")
LEAST = (3, 11)
# Seconds of one processor, as measured; for the estimate alone.
SECONDS_A_FILE = 14
SECONDS_A_WHEEL = 40
SECONDS_A_PYTHON = 60

QUESTIONS = """
import json, os, platform, sys, sysconfig
print(json.dumps({
    "version": list(sys.version_info[:2]), "full": platform.python_version(), "kind": sys.implementation.name, "prefix": sys.prefix,
    "lock": not sysconfig.get_config_var("Py_GIL_DISABLED"), "is_venv": sys.prefix != sys.base_prefix,
    "headers": os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h"))}))
"""


def say(text):
    print(f"wheels: {text}", file=sys.stderr, flush=True)


def fail(text):
    say(text)
    sys.exit(3)


def candidates():
    folders = [Path(each) for each in os.environ.get("PATH", "").split(os.pathsep) if each]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders += sorted(pyenv.glob("versions/*/bin"))
    for folder in folders:
        if folder != pyenv / "shims":
            yield from sorted(path for path in folder.glob("python3*") if re.fullmatch(r"python3(\.\d+)?", path.name))


def describe(python):
    try:
        done = subprocess.run([str(python), "-I", "-c", QUESTIONS], capture_output=True, text=True, timeout=60)
    except OSError:
        return None
    return json.loads(done.stdout) if done.returncode == 0 else None


def why_not(found):
    """Why no wheel can be built for an interpreter; empty: it can."""
    if found is None:
        return "does not run"
    if found["kind"] != "cpython" or not found["lock"]:
        return "is no CPython with the interpreter's lock"
    if tuple(found["version"]) < LEAST:
        return f"is {found['full']}, and 3.11 is the least"
    return "" if found["headers"] else "has no headers (python3-dev, or the like)"


def interpreters(named):
    """(path, version) of those to build for, the first of each minor version."""
    chosen = {}
    for python in map(Path, named) if named else candidates():
        found = describe(python)
        reason = why_not(found)
        if reason and named:
            fail(f"{python} {reason}")
        if not reason and (named or not found["is_venv"]):
            chosen.setdefault(tuple(found["version"]), (python, found["full"]))
    if not chosen:
        fail("there is no CPython from 3.11 on with its headers; name one: tools/wheels/make_wheels.py PYTHON")
    return [chosen[version] for version in sorted(chosen)]


def files_to_compile(flags_before):
    """Of the program, in build/: those that were never compiled, or not so, or not since some source changed. At most so many."""
    commands = run("ninja", "-C", PROGRAM_BUILD, "-t", "commands", "headrace")
    objects = [PROGRAM_BUILD / name for name in re.findall(r" -o (\S+\.o) ", commands)]
    changed = max(path.stat().st_mtime for path in (ROOT / "src").rglob("*") if path.is_file())
    are_same = wheel_build.flags_of(PROGRAM_BUILD) == flags_before
    return sum(not are_same or not each.exists() or each.stat().st_mtime < changed for each in objects)


def tell_how_long(pythons, files):
    processors = os.cpu_count() or 1
    wheels = len(PACKAGES) * len(pythons)
    seconds = files * SECONDS_A_FILE / processors + wheels * SECONDS_A_WHEEL / min(processors, 2) + len(pythons) * SECONDS_A_PYTHON
    say(f"{' and '.join(PACKAGES)} for CPython {', '.join(full for _, full in pythons)}")
    say(f"at most {max(1, round(seconds / 60))} minutes on {processors} processors: {files} files of build/ to compile, less where the "
        f"compiler's cache has them, then {wheels} wheels")


def builder_of(python, version):
    """An environment with what builds a wheel."""
    folder = WORK / f"builder-{version}"
    stamp = folder / "made-of"
    wanted = f"{python} {REQUIREMENTS.read_text()}"
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        run(python, "-m", "venv", folder)
        run(folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS)
        stamp.write_text(wanted)
    return folder / "bin" / "python"


def tagged(builder, wheel, output):
    """The wheel under the tag of the distributions that have what it needs, with small libraries of the system inside.
    Arrow's libraries come with pyarrow; the processor that is needed has no tag."""
    folder = wheel.parent / "tagged"
    shutil.rmtree(folder, ignore_errors=True)
    environment = {**os.environ, "PATH": f"{builder.parent}{os.pathsep}{os.environ['PATH']}"}
    arrow = [f"--exclude=lib{each}.so.*" for each in ("arrow", "arrow_*", "parquet")]
    run(builder, "-m", "auditwheel", "repair", "--disable-isa-ext-check", *arrow, "--wheel-dir", folder, wheel, env=environment)
    (made,) = folder.glob("*.whl")
    return Path(shutil.move(made, output / made.name))


def try_clean(python, version, wheels, house):
    """Installs the wheels in a new environment, without a network, and asks both packages and the program for values."""
    folder = WORK / f"clean-{version}"
    shutil.rmtree(folder, ignore_errors=True)
    run(python, "-m", "venv", folder)
    clean = folder / "bin" / "python"
    run(clean, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--find-links", house, *wheels)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "LD_", "VIRTUAL_ENV"))}
    return run(clean, "-I", ROOT / "tools" / "wheels" / "try_installed.py", env=environment, cwd=folder).strip()


def wheels_for(python, version, output):
    builder = builder_of(python, version)
    made = []
    for package in PACKAGES:
        start = time.monotonic()
        folder = WORK / f"made-{package}-{version}"
        shutil.rmtree(folder, ignore_errors=True)
        wheel = wheel_build.build_wheel(builder, package, folder, WORK / f"cmake-{package}-{version}")
        final = tagged(builder, wheel, output)
        made.append(final)
        say(f"{final.name}  {final.stat().st_size / 1e6:.1f} MB  {time.monotonic() - start:.0f} s")
    house = WORK / f"house-{version}"
    run(builder, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--dest", house, made[0])
    say(f"CPython {version}: {try_clean(python, version, made, house)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--output", type=Path, default=PROGRAM_BUILD / "wheels", help="folder for the wheels (default: build/wheels)")
    parser.add_argument("pythons", nargs="*", metavar="PYTHON", help="interpreters (default: all that are found)")
    options = parser.parse_args()
    pythons = interpreters(options.pythons)
    flags_before = wheel_build.flags_of(PROGRAM_BUILD)
    run("cmake", "--preset", "release", cwd=ROOT)
    tell_how_long(pythons, files_to_compile(flags_before))
    run("cmake", "--build", "--preset", "release", "--target", "headrace", cwd=ROOT)
    shutil.rmtree(options.output, ignore_errors=True)
    options.output.mkdir(parents=True)
    for python, version in pythons:
        wheels_for(python, version, options.output)
    say(f"all of them are in {os.path.relpath(options.output)}")


if __name__ == "__main__":
    main()
