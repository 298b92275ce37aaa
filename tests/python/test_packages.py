"""The Python packages, built as wheels and used in clean environments."""
import os
import re
import subprocess
import sys
import zipfile

import pytest
import wheels

sys.path.insert(0, str(wheels.ROOT / "tests" / "flink"))
import own_network  # noqa: E402

pytestmark = pytest.mark.slow

# What every Linux machine that runs pyarrow's wheel has.
SYSTEM = {"libstdc++.so.6", "libm.so.6", "libgcc_s.so.1", "libc.so.6", "libpthread.so.0", "ld-linux-x86-64.so.2"}
BUNDLED = {"libfmt.so.9", "libyaml-0.so.2"}


MODULE, PROGRAM = r"/_\w+\.cpython.*\.so$", r"/bin/headrace$"


def dynamic_section(wheel, folder, what=MODULE):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [each for each in archive.namelist() if re.search(what, each)]
        archive.extract(name, folder)
        bundled = {each.split("/")[-1] for each in archive.namelist() if ".so." in each}
    text = wheels.run("readelf", "-d", folder / name)
    return set(re.findall(r"NEEDED.*\[(.*)\]", text)), re.search(r"RUNPATH.*\[(.*)\]", text)[1], bundled


@pytest.mark.parametrize("what, runpath", [(MODULE, "$ORIGIN:$ORIGIN/../pyarrow"), (PROGRAM, "$ORIGIN/..:$ORIGIN/../../pyarrow")])
def test_headrace_finds_arrow_beside_itself(headrace_wheel, tmp_path, what, runpath):
    needed, path, bundled = dynamic_section(headrace_wheel, tmp_path, what)
    arrow = {each for each in needed if each.startswith(("libarrow", "libparquet"))}
    assert "libarrow.so.2600" in arrow
    assert needed - arrow <= SYSTEM | bundled
    assert path == runpath
    assert not any(each.startswith(("libarrow", "libparquet")) for each in bundled)


def test_kernel_needs_no_arrow(kernel_wheel, tmp_path):
    needed, path, bundled = dynamic_section(kernel_wheel, tmp_path)
    assert needed <= SYSTEM | bundled
    assert path == "$ORIGIN"


def test_headrace_depends_on_one_pyarrow(headrace_wheel):
    with zipfile.ZipFile(headrace_wheel) as archive:
        metadata = archive.read(next(each for each in archive.namelist() if each.endswith("METADATA"))).decode()
    required = [line for line in re.findall(r"Requires-Dist: (.*)", metadata) if "extra ==" not in line]
    pinned = next(line for line in (wheels.ROOT / "tools" / "requirements.txt").read_text().splitlines() if line.startswith("pyarrow=="))
    assert required == [pinned]


@pytest.mark.parametrize("name", ["headrace_values.py", "headrace_tables.py", "headrace_sources.py", "headrace_errors.py", "headrace_work.py",
    "headrace_show.py", "headrace_progress.py", "headrace_program.py", "headrace_client.py"])
def test_headrace(headrace_python, binary, pumps, name):
    wheels.run_inside(headrace_python, name, HEADRACE_BINARY=binary, HEADRACE_PUMPS=pumps)


@pytest.mark.parametrize("name", ["kernel_values.py", "kernel_tables.py", "kernel_stream.py", "kernel_errors.py"])
def test_kernel(kernel_python, binary, pumps, name):
    wheels.run_inside(kernel_python, name, HEADRACE_BINARY=binary, HEADRACE_PUMPS=pumps)


def test_kernel_beside_another_arrow(other_arrow_python):
    wheels.run_inside(other_arrow_python, "kernel_other_arrow.py")


def test_both_in_one_process(headrace_python, kernel_wheel, pumps, tmp_path):
    """Each keeps its own classes, and values are equal."""
    with zipfile.ZipFile(kernel_wheel) as archive:
        archive.extractall(tmp_path)
    program = (
        f"import sys; sys.path.append({str(tmp_path)!r})\n"
        "import headrace as hr, headrace_kernel as hk, pyarrow as pa, pyarrow.parquet as pq\n"
        "names = ['readings_1h', 'vibration_p95_24h', 'mode_before']\n"
        "events = {'pump_telemetry': pq.read_table('data/telemetry', partitioning=None)}\n"
        "labels = pq.read_table('labels.parquet')\n"
        "kernel = hk.Kernel.open('.', names)\n"
        "made = pa.Table.from_batches([pa.record_batch(kernel.dataset(events, labels))])\n"
        "assert made.equals(hr.open('.').dataset(labels, names).select(names)), made\n"
        "for call, kind in ((hr.open('.').dataset, hr.HeadraceError), (hk.Kernel.open('.').backfill, hk.HeadraceError)):\n"
        "    try: call({})\n"
        "    except kind as error: assert isinstance(error, kind)\n"
    )
    wheels.run(headrace_python, "-I", "-c", program, cwd=pumps)


def test_headrace_needs_neither_pandas_nor_polars_nor_numpy(bare_python, pumps):
    program = (
        "import pyarrow.parquet as pq, headrace as hr, sys\n"
        "table = hr.open('.').dataset(pq.read_table('labels.parquet'))\n"
        "assert table.equals(pq.read_table('train.parquet')), table\n"
        "assert not {'pandas', 'polars', 'numpy'} & set(sys.modules)\n"
    )
    wheels.run(bare_python, "-I", "-c", program, cwd=pumps)


def test_sources_are_clean():
    packages = wheels.ROOT / "python"
    wheels.run(sys.executable, "-m", "ruff", "check", "--no-cache", packages)
    wheels.run(sys.executable, "-m", "ruff", "format", "--no-cache", "--check", packages)


@pytest.mark.parametrize("package", ["headrace", "headrace-kernel"])
def test_types_hold(package, tmp_path):
    folder = wheels.ROOT / "python" / package / "src"
    options = ["--strict", "--ignore-missing-imports", "--allow-untyped-calls", "--cache-dir", tmp_path]
    wheels.run(sys.executable, "-m", "mypy", *options, *folder.iterdir())


def test_the_readme_from_an_empty_environment_without_a_network(headrace_wheel, tmp_path):
    """Its blocks in their order, as a reader who has nothing but a Python and the wheels: what each prints is below it."""
    house = wheels.wheelhouse(headrace_wheel, "pandas")
    wheels.run(sys.executable, "-m", "venv", tmp_path / "empty")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV", "LD_"))} | {
        "PATH": f"{tmp_path}/empty/bin:{os.environ['PATH']}",
        "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(house), "PIP_QUIET": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    page = (wheels.ROOT / "python" / "headrace" / "README.md").read_text()
    blocks = re.findall(r"```(\w+)\n(.*?)```", page, flags=re.S)
    assert [kind for kind, _ in blocks] == ["console", "python", "text", "python", "text", "console"]
    (tmp_path / "program.py").write_text("".join(text for kind, text in blocks if kind == "python"))
    said = "".join(text for kind, text in blocks if kind == "text")
    install, ask = (text.removeprefix("$ ").split("\n", 1) for kind, text in blocks if kind == "console")
    for command, expected in (install, ["python program.py", said], ask):
        words = [*(own_network.way_in() or []), "bash", "-c", command]
        done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, expected), done.stdout + done.stderr


def test_examples_in_documents_are_true(headrace_python, tmp_path):
    """The Python example of the how-to page prints what the page says."""
    page = (wheels.ROOT / "docs" / "how-to" / "use-from-python.md").read_text()
    blocks = re.findall(r"```(\w+)\n(.*?)```", page, flags=re.S)
    program = "\n".join(text for kind, text in blocks if kind == "python")
    said = "".join(text for kind, text in blocks if kind == "text")
    (tmp_path / "program.py").write_text(program)
    done = subprocess.run([str(headrace_python), "program.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == said, done.stdout + done.stderr
