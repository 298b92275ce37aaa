"""The generated repository as a reader sees it, and what is refused and why. UPDATE_GOLDEN=1 writes the golden files anew."""
import os
import sys
from datetime import timedelta
from pathlib import Path

import machines
import pyarrow as pa
import pytest
from feast_project import FeastProject, run

GOLDEN = Path(__file__).parent / "golden"
LOST = """
project: {name: lost}
---
entity: {name: pump, key: id}
---
source: {name: s, entity: pump, event_time: at, columns: {id: string, x: double}, batch: {format: csv, path: s.csv}}
---
"""


@pytest.fixture(scope="module", params=["pumps", "flights", "machines"])
def generated(request, root, binary, tmp_path_factory):
    """(name, folder of the generated repository)."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "machines":
        machines.write(folder)
    project = folder if request.param == "machines" else root / "examples" / request.param
    run(binary, "generate", "feast", "--output", folder / "code", "--quiet", cwd=project)
    return request.param, folder / "code"


@pytest.mark.parametrize("file", ["definitions.py", "README.md", "feature_store.yaml"])
def test_golden(generated, file):
    name, folder = generated
    path, text = GOLDEN / name / f"{file}.expected", (folder / file).read_text(encoding="utf-8")
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, f"{path} differs: look at it, then UPDATE_GOLDEN=1"


def test_code_is_clean(generated):
    _, folder = generated
    run(sys.executable, "-m", "ruff", "check", "--no-cache", ".", cwd=folder)
    run(sys.executable, "-m", "ruff", "format", "--no-cache", "--check", "definitions.py", cwd=folder)
    run(sys.executable, "-m", "mypy", "--strict", "--cache-dir", os.devnull, "definitions.py", cwd=folder)


def features(*names):
    line = 'feature: {{name: {}, description: d, owner: t, version: "1.0", aggregation: sum, window: 1h, source_features: [x]}}\n'
    return "---\n".join(line.format(name) for name in names)


def test_refused_features_are_named_and_can_be_left_out(binary, tmp_path):
    project = FeastProject(binary, tmp_path)
    (tmp_path / "project.yaml").write_text(LOST + features("total", "day", "total_y"))
    said = project.headrace("generate", "feast", "--output", "code", code=1).stderr
    assert "error[G007]: Feast gives the day of the offline store's folders for a feature called `day`" in said
    assert "error[G007]: Feast's historical join loses a feature called `total_y`" in said
    assert not (tmp_path / "code").exists()
    project.generate("--skip-refused")
    text = (tmp_path / "code" / "definitions.py").read_text()
    assert 'name="total"' in text and "total_y" not in text and '"day"' not in text
    assert "| `day` | G007 |" in (tmp_path / "code" / "README.md").read_text()


@pytest.mark.parametrize("name", ["day", "month", "year", "total_y", "rn", "entity_row_id", "event_timestamp"])
def test_why_these_names_are_refused(binary, tmp_path, name):
    """What Feast makes of them, when nobody refuses: if this fails, a name has become possible."""
    from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
    from feast.data_format import ParquetFormat
    from feast.types import Float64

    project = FeastProject(binary, tmp_path)
    (tmp_path / "project.yaml").write_text(LOST + features("total", name))
    (tmp_path / "s.csv").write_text("id,at,x\na,2024-03-01T00:00:00Z,1.5\n")
    project.headrace("backfill", "--output", "offline", *(["--partition", name] if name in ("month", "year") else []))
    settings = {"project": "lost", "provider": "local", "registry": str(tmp_path / "registry.db"), "offline_store": {"type": "duckdb"}}
    store = FeatureStore(config=RepoConfig(**settings, repo_path=tmp_path))
    pump = Entity(name="pump", join_keys=["id"], value_type=ValueType.STRING)
    source = FileSource(name="pump", path=str(tmp_path / "offline" / "pump"), file_format=ParquetFormat(), timestamp_field="event_time")
    fields = [Field(name="total", dtype=Float64), Field(name=name, dtype=Float64)]
    store.apply([pump, FeatureView(name="pump", entities=[pump], ttl=timedelta(0), source=source, schema=fields)])
    observations = project.table("pump").select(["id", "event_time"]).rename_columns(["id", "event_timestamp"]).to_pandas()

    def value_of(name):
        try:
            answer = store.get_historical_features(observations, features=[f"pump:{name}"]).to_arrow()
        except Exception as error:  # whatever it is: the value is not to be had
            return type(error).__name__
        return answer.column(name)[0].as_py() if pa.types.is_floating(answer.column(name).type) else "another value"

    assert value_of(name) != 1.5
    assert (value_of("total") == 1.5) == (name != "entity_row_id")
