"""`--mode dataset` keeps all columns of the observations with their types, as `headrace dataset` does, in both kernels."""
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_beam_backfill import run
from test_beam_many import generate

TIMES = ["2024-03-01T01:00:00Z", "2024-03-01T02:00:30Z", None, "2024-03-01T03:00:00Z"]
MORE = {
    "label": [1, 0, None, 1],
    "weight": [0.5, None, 1e300, -0.0],
    "note": ["", "é \"x\"", None, "007"],
    "code": ["007", "1", "2", None],
    "is_good": [True, False, None, True],
    "nothing": [None, None, None, None],
}
FEATURES = [
    'feature: {name: total, description: d, owner: t, version: "1.0", aggregation: sum, window: 1h, source_features: [x]}\n',
    'feature: {name: events, description: d, owner: t, version: "1.0", source: readings, aggregation: count, window: 2h}\n',
]


def write_parquet(path):
    seen = pa.array([1, None, 3, 4], pa.timestamp("ms", "Europe/Berlin"))
    event_time = pa.array([1709254800000, 1709258430000, None, 1709262000000], pa.timestamp("ms", "UTC"))
    columns = {
        "label": pa.array(MORE["label"], pa.int8()),
        "event_time": event_time,
        "note": pa.array(MORE["note"], pa.large_string()),
        "id": pa.array(["a", "b", "a", None]),
        "is_good": pa.array(MORE["is_good"]),
        "seen": seen,
        "tags": pa.array([["x"], [], None, ["y", None]]),
        "price": pa.array([1, None, 2, 3], pa.int64()).cast(pa.decimal128(21, 2)),
        "nothing": pa.nulls(4),
        "kind": pa.array(["p", "q", None, "p"]).dictionary_encode(),
    }
    pq.write_table(pa.table(columns), path, row_group_size=3)


def write_csv(path):
    def cell(value):
        return "" if value is None else str(value).lower() if isinstance(value, bool) else '"' + str(value).replace('"', '""') + '"'

    rows = zip(["a", "b", "a", ""], TIMES, *MORE.values(), strict=True)
    lines = [",".join(["id", "event_time", *MORE]), *(",".join(cell(value) for value in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n")


def write_ndjson(path):
    rows = zip(["a", "b", "a", None], TIMES, *MORE.values(), strict=True)
    path.write_text("".join(json.dumps(dict(zip(["id", "event_time", *MORE], row, strict=True))) + "\n" for row in rows))


WRITERS = {"parquet": write_parquet, "csv": write_csv, "ndjson": write_ndjson}


@pytest.fixture(scope="module")
def project(tmp_path_factory, binary):
    folder = tmp_path_factory.mktemp("dataset")
    generate(binary, folder, FEATURES)
    return folder


@pytest.mark.parametrize("kernel", ["python", "native"])
@pytest.mark.parametrize("kind", WRITERS)
def test_all_columns(kind, kernel, project, binary, beam_python, request, monkeypatch):
    observations = f"asked.{kind}"
    WRITERS[kind](project / observations)
    run([binary, "dataset", "--observations", observations, "--output", f"{kind}.parquet", "--quiet"], project)
    command = [beam_python, "code/pipeline.py", "--mode=dataset", f"--observations={observations}", f"--output=out-{kind}-{kernel}"]
    if kernel == "native":
        monkeypatch.setenv("PYTHONPATH", str(request.getfixturevalue("kernel_folder")))
        command.append("--kernel=native")
    run(command, project)
    expected = pq.ParquetFile(project / f"{kind}.parquet").read()
    got = pq.ParquetFile(project / f"out-{kind}-{kernel}" / "part-00000.parquet").read()
    assert got.schema.names == expected.schema.names
    for name in expected.schema.names:
        assert got.schema.field(name).type == expected.schema.field(name).type, name
        assert got.column(name).to_pylist() == expected.column(name).to_pylist(), name


def test_a_column_named_as_a_feature_is_refused(project, beam_python):
    (project / "clash.ndjson").write_text('{"id": "a", "event_time": "2024-03-01T01:00:00Z", "total": 1}\n')
    command = [beam_python, "code/pipeline.py", "--mode=dataset", "--observations=clash.ndjson", "--output=out-clash"]
    with pytest.raises(AssertionError, match="already has columns named as features: total"):
        run(command, project)
