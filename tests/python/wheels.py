"""Builds the wheels of python/ once for the same sources, and keeps clean environments with them.

Everything lies under build/python: wheels-NAME-DIGEST/, cmake-NAME/ (so that a change compiles only what it touches) and
venv-NAME/. Several test runs may ask at once: each thing has a lock, and appears whole under its name.
"""
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "python"
HERE = Path(__file__).resolve().parent
SECONDS_KEPT = 24 * 3600
sys.path.insert(0, str(ROOT / "tools" / "wheels"))

import wheel_build  # noqa: E402
from wheel_build import run  # noqa: E402


def sources():
    """What a wheel is made of."""
    yield ROOT / "CMakeLists.txt"
    yield ROOT / "tools" / "wheels" / "wheel_build.py"
    for folder in ("cmake", "src", "python"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and not path.name.endswith(("_test.cc", "_fuzzer.cc")):
                yield path


def digest_of(paths, *words):
    digest = hashlib.sha256("\0".join(words).encode())
    for path in paths:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def build_wheel(package):
    """The wheel of python/PACKAGE, built by this interpreter without isolation: nothing is downloaded."""
    digest = digest_of(sources(), sys.version, package, *wheel_build.flags_of(wheel_build.prebuilt()))
    folder = BUILD / f"wheels-{package}-{digest}"

    def make(private):
        forget_old(package)
        wheel_build.build_wheel(sys.executable, package, private, BUILD / f"cmake-{package}")

    wheel_build.made_once(folder, BUILD / f"wheels-{package}.lock", make)
    os.utime(folder)
    return next(folder.glob("*.whl"))


def forget_old(package):
    """Removes wheels that no run has asked for since yesterday; another run may still install a younger one."""
    for old in BUILD.glob(f"wheels-{package}-*"):
        is_of_package = old.name.rsplit("-", 1)[0] == f"wheels-{package}"
        if is_of_package and time.time() - old.stat().st_mtime > SECONDS_KEPT:
            shutil.rmtree(old, ignore_errors=True)


def clean_environment(name, wheel, requirements):
    """An environment of its own with the wheel, what it depends on, and the pinned requirements; the same one again while
    none of them changes."""
    with wheel_build.locked(BUILD / f"venv-{name}.lock"):
        return fill_environment(name, wheel, requirements)


def fill_environment(name, wheel, requirements):
    folder = BUILD / f"venv-{name}"
    python, stamp = folder / "bin" / "python", folder / "made-of"
    made_of = f"{wheel.parent.name} {hashlib.sha256(requirements.encode()).hexdigest()} {sys.version}"
    had = stamp.read_text() if stamp.exists() else ""
    if had == made_of:
        return python
    if had.split(" ", 1)[1:] != made_of.split(" ", 1)[1:]:
        shutil.rmtree(folder, ignore_errors=True)
        run(sys.executable, "-m", "venv", folder)
        listed = folder / "requirements.txt"
        listed.write_text(requirements)
        run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", listed)
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--force-reinstall", "--no-deps", wheel)
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel)
    stamp.write_text(made_of)
    return python


def wheelhouse(wheel, extra):
    """A folder with the wheel, all that it depends on, and one of its extras: it can be installed without a network."""
    wanted = f"{wheel}[{extra}]"

    def make(private):
        for old in BUILD.glob("wheelhouse-*"):
            shutil.rmtree(old)
        run(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--dest", private, wanted)

    digest = wheel.parent.name.rsplit("-", 1)[1]
    return wheel_build.made_once(BUILD / f"wheelhouse-{digest}", BUILD / "wheelhouse.lock", make)


def run_inside(python, name, **variables):
    """Runs tests/python/inside/NAME by pytest in an environment."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV", "LD_", "PYTEST_"))}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", **{key: str(value) for key, value in variables.items()}}
    command = [str(python), "-m", "pytest", "-q", str(HERE / "inside" / name)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{name} in {python}\n{done.stdout[-12000:]}\n{done.stderr[-2000:]}"
    assert " passed" in done.stdout and " skipped" not in done.stdout, done.stdout[-2000:]
