"""What `--format json` prints has the published JSON Schema; so do the files that programs read."""
import copy
import json
import shutil

import jsonschema
import pytest
import yaml
from command import Command
from conftest import ROOT

SCHEMAS = ROOT / "docs" / "reference" / "schemas"
STATION = ROOT / "tests" / "golden" / "station"
AT = ["--key", "pump_id=p1", "--at", "2024-03-01T03:00:00Z", "--format", "json"]

# name of the schema: (exit code, arguments)s, in the repository tests/golden/station unless they name another.
OUTPUTS = {
    "check-output": [(0, ["check"]), (1, ["check", "--project", ROOT / "tests" / "golden" / "broken"])],
    "graph-output": [(0, ["graph"])],
    "plan-output": [(0, ["plan"]), (0, ["plan", "--features", "modes"]), (0, ["plan", "--project", ROOT / "examples" / "pumps"]), (0, ["plan", "--project", ROOT / "examples" / "flights"])],
    "test-output": [(0, ["test"]), (1, ["test", "wrong/value.yaml", "wrong/refusal.yaml", "wrong/none.yaml"])],
    "backfill-output": [(1, ["backfill", "--output", "store"]), (1, ["backfill", "--output", "null:", "--checksum"]), (0, ["backfill", "--output", "null:", "--features", "modes"])],
    "dataset-output": [(0, ["dataset", "--observations", "observations.csv", "--output", "null:"]), (0, ["dataset", "--observations", "observations.csv", "--output", "t.csv", "--checksum"])],
    "explain-output": [(0, ["explain", name, *AT]) for name in ("efficiency_3h", "efficiency_change", "modes", "inefficient_events_1d", "last_visit_cost")],
    "show-output": [(0, ["show"]), (0, ["show", "modes", "--key", "p1", "--at", "2024-03-01T03:00:00Z"])],
    "quality-output": [(0, ["quality", question, "kept"]) for question in ("status", "suggest", "backtest")],
    "verify-output": [(0, ["verify", "kept"])],
    "generate-output": [(0, ["generate", "sql", "--dialect", "bigquery", "--output", "sql"]), (0, ["generate", "beam", "--output", "beam"])],
}


def schema(name):
    read = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(read)
    return jsonschema.Draft202012Validator(read)


@pytest.fixture
def station(binary, tmp_path):
    folder = shutil.copytree(STATION, tmp_path / "station")
    (folder / "wrong" / "none.yaml").write_text("about: no such source\nevents: {nothing: []}\nask: []\nexpect: []\n")
    station = Command(binary, folder)
    station("backfill", "--output", "kept", "--profiles", "-q", code=1)
    return station


def test_every_published_schema_is_what_the_program_prints(station):
    published = {path.name.removesuffix(".schema.json"): path.read_text(encoding="utf-8") for path in SCHEMAS.iterdir()}
    assert {name: station("schema", "--of", name).out for name in published} == published
    # What parity prints needs a server: tests/serving/test_parity.py.
    assert set(OUTPUTS) | {"definitions", "environments", "tests", "manifest", "parity-output"} == set(published)


@pytest.mark.parametrize("name", OUTPUTS)
def test_output_has_its_schema(station, name):
    for code, arguments in OUTPUTS[name]:
        printed = station(*arguments, *([] if "--format" in arguments else ["--format", "json"]), code=code).json()
        schema(name).validate(printed)


@pytest.mark.parametrize("name", OUTPUTS)
def test_schema_is_strict(station, name):
    """A misspelt or missing key of the outermost object is refused, so that the test above means something."""
    code, arguments = OUTPUTS[name][-1]
    printed = station(*arguments, *([] if "--format" in arguments else ["--format", "json"]), code=code).json()
    target = printed[0] if isinstance(printed, list) else printed
    for key in list(target):
        if key in ("help", "related", "format_version", "uses", "disagreement", "events_before_gap", "source", "window", "filter", "inputs", "formulas", "counts", "events", "events_hidden", "checksum"):
            continue
        wrong = copy.deepcopy(printed)
        (wrong[0] if isinstance(wrong, list) else wrong)[key + "s_"] = (wrong[0] if isinstance(wrong, list) else wrong).pop(key)
        assert not schema(name).is_valid(wrong), key


def every_aggregation():
    """A repository with all windows, aggregations and parameters that a plan can have."""
    plain = "count sum mean variance variance_pop stddev stddev_pop skewness kurtosis min max range first last median p50 p95 p99 count_distinct mode time_weighted_mean delta rate approx_count_distinct".split()
    params = {"first_k": "{k: 3}", "last_k": "{k: 1}", "percentile": "{p: 0}", "top_k": "{k: 2}", "ewma": "{half_life: 1h}", "histogram": "{edges: [0, 1, 2]}", "approx_percentile": "{p: 0.5}"}
    windows = ["2h", "{size: 1d, closed: both, offset: 1h}", "{last: 100}", "{tumbling: 1h, offset: 5m}", "{session: 30m}", "lifetime"]
    features = [(name, "2h", "x", "") for name in plain]
    features += [(name, "2h", "x", f", params: {value}") for name, value in params.items()]
    features += [("mean", window, "x", ", default: 1") for window in windows]
    features += [("any", "2h", "x > 1", ""), ("all", "2h", "x in [1, 2.5]", ""), ("covariance", "1h", "[x, x + 1]", ""), ("correlation", "1h", "[x, -x]", "")]
    features += [("max", "1h", "if(s is null or t > event_time() - duration'15m', null, x)", ", filter: \"s != 'it''s' and true\"")]
    texts = ["project: {name: all}", "entity: {name: e, key: [k, l]}"]
    texts += ["source: {name: src, entity: e, event_time: u, unit: ms, arrival: seq, allowed_lateness: 1m, columns: {k: int64, x: double, s: string, t: timestamp, seq: int64}}"]
    for i, (aggregation, window, formula, more) in enumerate(features):
        names = "[x, s, t]" if "s is" in formula else "[x]"
        texts.append(f"feature: {{name: f{i}, description: d, owner: o, version: '1.0', aggregation: {aggregation}, window: {window}, source_features: {names}, formula: {json.dumps(formula) if formula[0] != '[' else formula}{more}}}")
    texts.append("feature: {name: n, description: d, owner: o, version: '1.0', source: src, aggregation: count, window: 1h}")
    texts.append("feature: {name: d, description: d, owner: o, version: '1.0.2', source_features: [f0, f1], formula: f0 + f1}")
    return "\n---\n".join(texts) + "\n"


def test_plan_of_everything_has_its_schema(binary, tmp_path):
    (tmp_path / "project.yaml").write_text(every_aggregation())
    plan = Command(binary, tmp_path)("plan", "--format", "json").json()
    schema("plan-output").validate(plan)
    kinds = {state["kind"] for state in plan["states"]}
    assert kinds == set(schema("plan-output").schema["$defs"]["state"]["properties"]["kind"]["enum"])
    assert {state["window"]["kind"] for state in plan["states"]} == {"size", "last", "tumbling", "session", "lifetime"}


def test_definitions_tests_and_manifest_have_their_schemas(station):
    station("backfill", "--output", "store", code=1)
    schema("manifest").validate(json.loads((station.folder / "store" / "manifest.json").read_text()))
    for path in [STATION / "project.yaml", *(STATION / "features").iterdir(), *(ROOT / "examples").glob("*/features/*.yaml"), *(ROOT / "examples").glob("*/project.yaml")]:
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            schema("definitions").validate(document)
    for path in [*(STATION / "tests").iterdir(), *(ROOT / "tests" / "cases").rglob("*.yaml")]:
        schema("tests").validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def test_quality_beside_the_manifest_is_the_one_of_the_output(station):
    printed = station("backfill", "--output", "store", "--format", "json", code=1).json()
    stored = json.loads((station.folder / "store" / "quality.json").read_text())
    assert len(stored.pop("digest")) == 64 and stored == printed["quality"]


def test_sarif(station):
    sarif = station("check", "--format", "sarif", "--project", ROOT / "tests" / "golden" / "broken", code=1).json()
    assert sarif["version"] == "2.1.0"
    found = [(r["ruleId"], r["level"], r["locations"][0]["physicalLocation"]["region"]["startLine"]) for r in sarif["runs"][0]["results"]]
    assert found[:2] == [("F028", "warning", 3), ("F001", "error", 5)]
