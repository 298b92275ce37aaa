"""The two wheels, each in a clean environment, and a small project to compute."""
import shutil
import sys

import pytest
import wheels


@pytest.fixture(scope="session")
def headrace_wheel():
    return wheels.build_wheel("headrace")


@pytest.fixture(scope="session")
def kernel_wheel():
    return wheels.build_wheel("headrace-kernel")


@pytest.fixture(scope="session")
def headrace_python(headrace_wheel):
    return wheels.clean_environment("headrace", headrace_wheel, (wheels.HERE / "clean-headrace.txt").read_text())


@pytest.fixture(scope="session")
def bare_python(headrace_wheel):
    """The wheel and what it depends on: no pandas, no Polars, no numpy."""
    return wheels.clean_environment("bare", headrace_wheel, "")


@pytest.fixture(scope="session")
def kernel_python(kernel_wheel):
    return wheels.clean_environment("kernel", kernel_wheel, (wheels.HERE / "clean-kernel.txt").read_text())


@pytest.fixture(scope="session")
def other_arrow_python(kernel_wheel):
    """Beside the kernel a pyarrow that `headrace` could not live with."""
    return wheels.clean_environment("other-arrow", kernel_wheel, (wheels.HERE / "clean-other-arrow.txt").read_text())


@pytest.fixture(scope="session")
def pumps(root, binary, tmp_path_factory):
    """Four pumps for twenty days, and what the command line makes of them."""
    project = tmp_path_factory.mktemp("pumps") / "pumps"
    generated = shutil.ignore_patterns("data", "offline", "*.parquet", "*.html", "__pycache__")
    shutil.copytree(root / "examples" / "pumps", project, ignore=generated)
    wheels.run(sys.executable, "generate.py", "--small", cwd=project)
    wheels.run(binary, "dataset", "--observations", "labels.parquet", "--output", "train.parquet", "-q", cwd=project)
    wheels.run(binary, "backfill", "--output", "offline", "-q", cwd=project)
    return project
