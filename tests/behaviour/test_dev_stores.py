"""`backfill --dev`: a store for exploring is overwritten whatever changed, and never taken for a real one."""
import json
import subprocess
import sys

import pytest
from command import Command
from test_partitions import write_project


@pytest.fixture
def pumps(binary, tmp_path):
    return Command(binary, write_project(tmp_path / "pumps", days=4))


def redefine(pumps, old, new):
    path = pumps.folder / "project.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def manifest(pumps, store):
    return json.loads((pumps.folder / store / "manifest.json").read_text())


def test_definitions_change_without_a_new_version(pumps):
    pumps("backfill", "--output", "try", "--dev", "-q")
    assert manifest(pumps, "try")["dev"] is True
    first = manifest(pumps, "try")["history"][0]["digest"]
    redefine(pumps, "aggregation: sum", "aggregation: max")
    done = pumps("backfill", "--output", "try", "--dev")
    assert "computed anew" in done.out and manifest(pumps, "try")["history"][0]["digest"] != first
    assert "up to date" in pumps("backfill", "--output", "try", "--dev").err
    # Columns, the grid and the partitioning may go too, also where only some days are asked for.
    redefine(pumps, "name: total", "name: other")
    done = pumps("backfill", "--output", "try", "--dev", "--start", "2023-11-21", "--end", "2023-11-22")
    assert "`pump`: 3 files outside of --start and --end went" in done.err
    assert [each["day"] for each in manifest(pumps, "try")["entities"][0]["partitions"]] == ["2023-11-21"]
    pumps("backfill", "--output", "try", "--dev", "--every", "6h", "--partition", "month", "-q")
    assert sorted(path.name for path in (pumps.folder / "try" / "pump").iterdir()) == ["month=2023-11"]
    assert "a store for exploring" in pumps("verify", "try").err
    # Days of the same columns stay.
    pumps("backfill", "--output", "days", "--dev", "-q")
    pumps("backfill", "--output", "days", "--dev", "--start", "2023-11-21", "--end", "2023-11-22", "-q")
    assert len(manifest(pumps, "days")["entities"][0]["partitions"]) == 4


def test_neither_becomes_the_other(pumps):
    pumps("backfill", "--output", "real", "-q")
    before = manifest(pumps, "real")
    done = pumps("backfill", "--output", "real", "--dev", "-q", code=1)
    assert "real is no store for exploring, and would become one" in done.err and "--replace" in done.err
    assert manifest(pumps, "real") == before
    pumps("backfill", "--output", "try", "--dev", "-q")
    done = pumps("backfill", "--output", "try", "-q", code=1)
    assert "try is a store for exploring" in done.err and "--dev" in done.err and "--replace" in done.err
    assert manifest(pumps, "try")["dev"] is True

    redefine(pumps, "aggregation: sum", "aggregation: max")
    pumps("backfill", "--output", "try", "--replace", "-q")
    assert "dev" not in manifest(pumps, "try")
    pumps("check", "--against", "try")
    done = pumps("backfill", "--output", "real", "-q", code=1)
    assert "the meaning of `total` 1.0 has changed" in done.err
    pumps("backfill", "--output", "real", "--dev", "--replace", "-q")
    assert manifest(pumps, "real")["dev"] is True


def test_a_real_store_has_nothing_of_the_one_before(pumps):
    """Tables of other entities were made with versions that mean nothing."""
    path = pumps.folder / "project.yaml"
    text = path.read_text()
    second = text[text.index("---\nentity"):].replace("name: pump", "name: site").replace("entity: pump", "entity: site").replace("name: s,", "name: w,").replace("{x: double}", "{y: double}").replace("[x]", "[y]").replace("total", "level")
    path.write_text(text + second)
    (pumps.folder / "s.csv").write_text((pumps.folder / "s.csv").read_text().replace("id,at,x", "id,at,x,y").replace("\n", ",1\n").replace("y,1", "y"))
    pumps("backfill", "--output", "try", "--dev", "-q")
    assert [each["name"] for each in manifest(pumps, "try")["entities"]] == ["pump", "site"]
    pumps("backfill", "--output", "try", "--features", "level", "--replace", "-q")
    kept = manifest(pumps, "try")
    assert [each["name"] for each in kept["entities"]] == ["site"] and [each["name"] for each in kept["history"]] == ["level"]
    assert not list((pumps.folder / "try").rglob("pump/*/*.parquet"))


def test_who_needs_versions_refuses_it(pumps, binary, tmp_path):
    pumps("backfill", "--output", "try", "--dev", "-q")
    done = pumps("check", "--against", "try", code=1)
    assert "try is a store for exploring: its versions mean nothing to hold against" in done.err
    pumps("generate", "feast", "--output", "feast", "-q")
    definitions = (pumps.folder / "feast" / "definitions.py").read_text()
    head = definitions[definitions.index("def offline_store") : definitions.index("OFFLINE = ")]
    script = f"import json, os\nfrom pathlib import Path\n__file__ = {str(pumps.folder / 'feast' / 'definitions.py')!r}\n{head}\nprint(offline_store())"
    for store, is_fine in (("try", False), ("real", True)):
        if is_fine:
            pumps("backfill", "--output", store, "-q")
        done = subprocess.run([sys.executable, "-c", script], env={"HEADRACE_OFFLINE": str(pumps.folder / store)}, capture_output=True, text=True)
        assert (done.returncode == 0) == is_fine, done.stderr
        assert is_fine or "is a store for exploring" in done.stderr
    done = pumps("backfill", "--output", "null:", "--dev", code=2)
    assert "--dev is for a store, and none is written" in done.err
