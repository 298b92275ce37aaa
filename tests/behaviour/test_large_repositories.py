"""Repositories of ten thousand features, in the shapes that make a careless pass quadratic: seconds and megabytes are bounded.

The bounds are several times what the program takes, so that a busy machine passes and a quadratic pass does not.
"""
import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow
FEATURES = 10_000
SECONDS_MAX = 10.0  # of the processor
BYTES_MAX = 600 << 20
RUN_BYTES_MAX = 3 << 30  # a run holds some thousand values of each state at once

HEAD = (
    "project: {name: large}\n---\nentity: {name: pump, key: id}\n---\n"
    "source: {name: s, entity: pump, event_time: at, columns: {x: double, y: double}, batch: {format: csv, path: data/s.csv}}\n"
)
EVENTS = "id,at,x,y\na,2024-03-01T00:00:00Z,1,2\na,2024-03-01T00:01:00Z,3,4\nb,2024-03-01T00:02:00Z,5,6\n"


def feature(name, rest):
    return f'---\nfeature: {{name: {name}, description: d, owner: o, version: "1.0", {rest}}}\n'


def derived(name, used):
    names = ", ".join(used)
    return feature(name, f"source_features: [{names}], formula: {' + '.join(used)}")


def mean(name, window="1h"):
    return feature(name, f"source_features: [x], aggregation: mean, window: {window}")


def chain():
    """Each uses the one before."""
    return [mean("f0")] + [derived(f"f{i}", [f"f{i - 1}"]) for i in range(1, FEATURES)]


def windows():
    """One series, a state for each feature."""
    return [mean(f"f{i}", f"{i + 1}s") for i in range(FEATURES)]


def series():
    """A series for each feature."""
    return [
        feature(f"f{i}", f"source_features: [x], formula: x + {i}, aggregation: sum, window: 1h") for i in range(FEATURES)
    ]


def star():
    """All use one."""
    return [mean("f0")] + [derived(f"f{i}", ["f0"]) for i in range(1, FEATURES)]


def dense():
    """A few hundred that use a hundred each."""
    return [mean(f"f{i}", f"{i + 1}s") for i in range(100)] + [
        derived(f"f{i}", [f"f{j}" for j in range(i - 100, i)]) for i in range(100, 400)
    ]


def checked():
    """Each has an expression to check."""
    check = "default: 0, quality_checks: [{type: expression, formula: value < x * 2}]"
    return [feature(f"f{i}", f"source_features: [x], aggregation: mean, window: {i + 1}s, {check}") for i in range(FEATURES)]


def misspelt():
    """Each uses a name that there is not."""
    return [mean(f"flow_mean_{i}") for i in range(FEATURES // 2)] + [
        derived(f"g{i}", [f"flow_maen_{i}"]) for i in range(FEATURES // 2)
    ]


@pytest.fixture(scope="module")
def repository_of(tmp_path_factory):
    folders = {}

    def write(shape):
        if shape not in folders:
            folder = folders[shape] = tmp_path_factory.mktemp(shape.__name__)
            (folder / "features").mkdir()
            (folder / "data").mkdir()
            (folder / "project.yaml").write_text(HEAD)
            (folder / "data" / "s.csv").write_text(EVENTS)
            definitions = shape()
            for start in range(0, len(definitions), 2000):
                text = "".join(definitions[start : start + 2000]).removeprefix("---\n")
                (folder / "features" / f"part_{start:05}.yaml").write_text(text)
        return folders[shape]

    return write


# The peak of a child counts what its parent held when it started it, so that a small process of its own has to measure.
MEASURE = (
    "import json, resource, subprocess, sys; code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL); "
    "used = resource.getrusage(resource.RUSAGE_CHILDREN); print(json.dumps([code, used.ru_utime + used.ru_stime, used.ru_maxrss << 10]))"
)


def measured(binary, folder, *arguments):
    """Exit code, seconds of the processor and the most bytes at once."""
    command = [sys.executable, "-I", "-S", "-c", MEASURE, str(binary), *arguments]
    return json.loads(subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout)


COMMANDS = {
    "check": ["check"],
    "graph": ["graph"],
    "plan": ["plan"],
    "plan_json": ["plan", "--format", "json"],
    "backfill": ["backfill", "--output", "null:"],
    "beam": ["generate", "beam", "--output", "OUT"],
    "feast": ["generate", "feast", "--output", "OUT"],
    "sql": ["generate", "sql", "--dialect", "duckdb", "--output", "OUT"],
    "sql_bigquery": ["generate", "sql", "--dialect", "bigquery", "--output", "OUT"],
    "dbt": ["generate", "dbt", "--dialect", "duckdb", "--output", "OUT"],
    "airflow": ["generate", "airflow", "--output", "OUT"],
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("shape", [chain, windows, series, star, dense, checked], ids=lambda shape: shape.__name__)
def test_work_grows_with_the_repository_only(binary, repository_of, tmp_path, shape, command):
    arguments = [argument.replace("OUT", str(tmp_path / "out")) for argument in COMMANDS[command]]
    code, seconds, peak = measured(binary, repository_of(shape), *arguments)
    assert code == 0
    bytes_max = RUN_BYTES_MAX if command == "backfill" else BYTES_MAX
    assert seconds < SECONDS_MAX and peak < bytes_max, f"{seconds:.1f} s, {peak >> 20} MB"


def test_misspelt_names_are_compared_quickly(binary, repository_of):
    code, seconds, peak = measured(binary, repository_of(misspelt), "check")
    assert code == 1
    assert seconds < SECONDS_MAX and peak < BYTES_MAX, f"{seconds:.1f} s, {peak >> 20} MB"
