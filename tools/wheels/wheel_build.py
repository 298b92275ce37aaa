"""Builds one wheel of python/ by one interpreter, with the libraries of build/ where they are there: a minute instead of ten.

For make_wheels.py and tests/python/wheels.py.
"""
import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM_BUILD = ROOT / "build"


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout[-8000:]}\n{done.stderr[-8000:]}"
    return done.stdout


@contextlib.contextmanager
def locked(path):
    """Waits until no other process holds the lock. The file stays, because whoever waits has opened it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def made_once(folder, lock, make):
    """The folder, made by make(private folder) where it is not there. Others see all of it or nothing: several test runs may
    build at once, and one that is stopped leaves nothing under the folder's name."""
    with locked(lock):
        if not folder.exists():
            private = Path(tempfile.mkdtemp(prefix=f"making-{folder.name}-", dir=lock.parent))
            try:
                make(private)
                private.rename(folder)
            finally:
                shutil.rmtree(private, ignore_errors=True)
    return folder


def cache_of(build):
    """The variables of a build folder."""
    path = build / "CMakeCache.txt"
    return dict(re.findall(r"^(\w+):\w+=(.*)$", path.read_text(), flags=re.M)) if path.exists() else {}


def prebuilt(build=PROGRAM_BUILD):
    """The build folder of the program, if wheels can take its libraries; else None, and they compile what they need."""
    cache = cache_of(build)
    is_fit = cache.get("CMAKE_HOME_DIRECTORY") == str(ROOT) and not cache.get("HEADRACE_SANITIZE")
    return build if is_fit and (build / "build.ninja").exists() else None


def flags_of(build):
    """What the libraries of a build folder are made with, as words for a digest."""
    cache = cache_of(build) if build else {}
    kind = cache.get("CMAKE_BUILD_TYPE", "Release")
    return [kind, cache.get("CMAKE_CXX_FLAGS", ""), cache.get(f"CMAKE_CXX_FLAGS_{kind.upper()}", "")]


def build_wheel(python, package, folder, cmake_folder):
    """Writes the wheel of python/PACKAGE into a folder, without isolation: nothing is downloaded. The interpreter has what
    tools/requirements-wheels.txt names."""
    build = prebuilt()
    settings = []
    if build:
        with locked(build / "python" / "libraries.lock"):
            run("cmake", "--build", build, "--target", "headrace", cwd=ROOT)
        settings = [f"--config-settings=cmake.define.HEADRACE_PREBUILT={build}"]
    environment = {**os.environ, "CXX": os.environ.get("CXX", "c++"), "CMAKE_GENERATOR": "Ninja"}
    run(
        python, "-m", "pip", "wheel", ROOT / "python" / package, "--wheel-dir", folder, "--no-deps", "--no-build-isolation",
        "--no-index", "--disable-pip-version-check", f"--config-settings=build-dir={cmake_folder}", *settings, env=environment, cwd=ROOT,
    )
    (wheel,) = folder.glob("*.whl")
    return wheel
