"""Builds the wheels of python/ once for the same sources, and keeps clean environments with them.

Everything lies under build/python: wheels-NAME-DIGEST/, cmake-NAME/ (so that a change compiles only what it touches) and
venv-NAME/. The compiler's cache is shared with the program's build: same flags, same compiler's name, same headers.
"""
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "python"
HERE = Path(__file__).resolve().parent


def sources():
    """What a wheel is made of."""
    yield ROOT / "CMakeLists.txt"
    for folder in ("cmake", "src", "python"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and not path.name.endswith(("_test.cc", "_fuzzer.cc")):
                yield path


def digest_of(paths, *words):
    digest = hashlib.sha256("\0".join(words).encode())
    for path in paths:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout[-8000:]}\n{done.stderr[-8000:]}"
    return done.stdout


def build_wheel(package):
    """The wheel of python/PACKAGE, built by this interpreter without isolation: nothing is downloaded."""
    folder = BUILD / f"wheels-{package}-{digest_of(sources(), sys.version, package)}"
    found = list(folder.glob("*.whl"))
    if found:
        return found[0]
    for old in BUILD.glob(f"wheels-{package}-*"):
        if old.name.rsplit("-", 1)[0] == f"wheels-{package}":
            shutil.rmtree(old)
    program_python = ROOT / ".venv" / "bin" / "python"
    arrow = [f"-Ccmake.define.PYARROW_PYTHON={program_python}"] if has_same_arrow(program_python) else []
    environment = {**os.environ, "CXX": os.environ.get("CXX", "c++"), "CMAKE_GENERATOR": "Ninja"}
    # Made elsewhere and renamed, so that a run that is stopped leaves no half of a wheel.
    making = BUILD / f"making-{package}"
    shutil.rmtree(making, ignore_errors=True)
    run(
        sys.executable, "-m", "pip", "wheel", ROOT / "python" / package, "--wheel-dir", making, "--no-deps", "--no-build-isolation",
        "--no-index", "--disable-pip-version-check", f"-Cbuild-dir={BUILD / f'cmake-{package}'}", *arrow,
        env=environment, cwd=ROOT,
    )
    making.rename(folder)
    return next(folder.glob("*.whl"))


def has_same_arrow(python):
    """Whether another interpreter has the pyarrow of this one, so that its headers can be used."""
    import pyarrow

    if not python.exists():
        return False
    command = [str(python), "-c", "import importlib.metadata as m; print(m.version('pyarrow'))"]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip() == pyarrow.__version__


def clean_environment(name, wheel, requirements):
    """An environment of its own with the wheel, what it depends on, and the pinned requirements; the same one again while
    none of them changes."""
    folder = BUILD / f"venv-{name}"
    python, stamp = folder / "bin" / "python", folder / "made-of"
    made_of = f"{wheel.parent.name} {hashlib.sha256(requirements.encode()).hexdigest()} {sys.version}"
    had = stamp.read_text() if stamp.exists() else ""
    if had == made_of:
        return python
    if had.split(" ", 1)[1:] != made_of.split(" ", 1)[1:]:
        shutil.rmtree(folder, ignore_errors=True)
        run(sys.executable, "-m", "venv", folder)
        listed = BUILD / f"requirements-{name}.txt"
        listed.write_text(requirements)
        run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", listed)
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--force-reinstall", "--no-deps", wheel)
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel)
    stamp.write_text(made_of)
    return python


def run_inside(python, name, **variables):
    """Runs tests/python/inside/NAME by pytest in an environment."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV", "LD_", "PYTEST_"))}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", **{key: str(value) for key, value in variables.items()}}
    command = [str(python), "-m", "pytest", "-q", str(HERE / "inside" / name)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{name} in {python}\n{done.stdout[-12000:]}\n{done.stderr[-2000:]}"
    assert " passed" in done.stdout and " skipped" not in done.stdout, done.stdout[-2000:]
