"""`init`: repositories that work at once, from templates and from data that is there."""
import json
import re

import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from command import Command

CSV = "symbol,date,price,volume,note\n" + "".join(f"{symbol},2020-{month:02}-01,{price + month}.5,{month * 10},x{month}\n" for symbol, price in (("AA", 10), ("BB", 20)) for month in range(1, 13))


@pytest.fixture
def shell(binary, tmp_path):
    return Command(binary, tmp_path)


def definitions(folder):
    texts = [(folder / "project.yaml").read_text(), *(path.read_text() for path in sorted((folder / "features").iterdir()))]
    return [document for text in texts for document in yaml.safe_load_all(text)]


def one(folder, kind):
    (found,) = [each[kind] for each in definitions(folder) if kind in each]
    return found


@pytest.mark.parametrize("kind", ["pumps", "payments", "clicks"])
def test_templates(shell, kind):
    shell("init", "new", "--template", kind)
    inside = Command(shell.binary, shell.folder / "new")
    assert inside("check").err == "no problems in 2 files\n"
    assert "1 passed, 0 failed" in inside("test").err + inside("test").out
    assert inside("show", "--format", "json").json()["tables"][0]["rows"]
    inside("backfill", "--output", "offline")
    for name in ("project.yaml", "features", "tests"):
        files = [inside.folder / name] if name.endswith("yaml") else list((inside.folder / name).iterdir())
        for path in files:
            schema_path = re.match(r"# yaml-language-server: \$schema=(.*)\n", path.read_text())[1]
            schema = json.loads((path.parent / schema_path).read_text())
            for document in yaml.safe_load_all(path.read_text()):
                jsonschema.validate(document, schema)


def test_csv(shell):
    (shell.folder / "stocks.csv").write_text(CSV)
    done = shell("init", "new", "--from", "stocks.csv")
    assert "source stocks: 24 rows in stocks.csv; `date` says when, `symbol` is the key (2 of them)" in done.err
    assert one(shell.folder / "new", "entity") == {"name": "symbol", "key": "symbol"}
    source = one(shell.folder / "new", "source")
    assert source == {"name": "stocks", "entity": "symbol", "event_time": "date", "batch": {"format": "csv", "path": "../stocks.csv"},
                      "columns": {"symbol": "string", "price": "double", "volume": "int64", "note": "string"}}
    inside = Command(shell.binary, shell.folder / "new")
    inside("check")
    rows = inside("show", "--key", "AA", "--last", "12", "--format", "json").json()["tables"][0]["rows"]
    assert len(rows) == 12 and rows[-1]["event_time"] == "2020-12-01T00:00:00Z"


def test_into_the_working_folder_from_files_of_all_forms(shell):
    data = shell.folder / "data"
    data.mkdir()
    for day in (1, 2, 3):
        at = pa.array([1709251200000 + day * 86400000 + i * 60000 for i in range(50)], pa.timestamp("ms", "UTC"))
        pq.write_table(pa.table({"device_id": pa.array([i % 5 for i in range(50)], pa.int32()), "measured_at": at, "celsius": [0.5 * i for i in range(50)], "raw": [[1]] * 50}), data / f"2024-03-0{day}.parquet")
    (data / "visits.ndjson").write_text("".join(json.dumps({"user id": f"u{i % 3}", "ts": 1709251200 + i * 3600, "page": "/", "ms": i, "true": i * 1.5}) + "\n" for i in range(30)))
    done = shell("init", "--from", *sorted(data.iterdir()), "-q")
    assert done.err == ""
    shell("check")
    sources = {each["source"]["name"]: each["source"] for each in definitions(shell.folder) if "source" in each}
    assert sources["data"]["batch"] == {"format": "parquet", "path": "data/*.parquet"}
    assert sources["data"]["columns"] == {"device_id": "int64", "celsius": "double"}
    assert sources["data"]["event_time"] == "measured_at"
    assert sources["visits"] == {"name": "visits", "entity": sources["visits"]["entity"], "event_time": "ts", "unit": "s", "columns": {"user id": "string", "page": "string", "ms": "int64", "true": "double"}, "batch": {"format": "ndjson", "path": "data/visits.ndjson"}}
    assert "# left out, since they hold no single values: \"raw\"" in (shell.folder / "project.yaml").read_text()
    tables = shell("show", "--format", "json").json()["tables"]
    assert [len(table["rows"]) for table in tables] == [5, 5]


def test_files_that_differ_are_sources_of_their_own(shell):
    (shell.folder / "a.csv").write_text("user_id,at,x\nu1,2024-03-01,1\nu1,2024-03-02,2\n")
    (shell.folder / "b.csv").write_text("user_id,at,y\nu1,2024-03-01,1\nu1,2024-03-02,2\n")
    (shell.folder / "c.csv").write_text("user_id,at,x\nu1,2024-03-01,1\nu1,2024-03-02,2\n")
    shell("init", "--from", "a.csv", "b.csv", "c.csv")
    names = [each["source"]["name"] for each in definitions(shell.folder) if "source" in each]
    assert names == ["a", "b", "c"] and one(shell.folder, "entity") == {"name": "user", "key": "user_id"}
    shell("check")
    assert shell("show").out


def test_keys_of_two_types_are_two_entities(shell):
    (shell.folder / "a.csv").write_text("user_id,at,x\nu1,2024-03-01,1\nu1,2024-03-02,2\n")
    (shell.folder / "b.csv").write_text("user_id,at,y\n1,2024-03-01,1\n1,2024-03-02,2\n")
    shell("init", "--from", "a.csv", "b.csv")
    assert {each["entity"]["name"] for each in definitions(shell.folder) if "entity" in each} == {"user", "b_user"}
    shell("check")


def test_zeros_before_numbers_stay(shell):
    (shell.folder / "a.csv").write_text("customer,at,x\n00042,2024-03-01,1\n00042,2024-03-02,2\n00007,2024-03-02,3\n")
    shell("init", "--from", "a.csv")
    assert one(shell.folder, "source")["columns"]["customer"] == "string"
    assert shell("show", "--key", "00007", "--format", "json").json()["tables"][0]["rows"]


def test_what_is_said_is_not_guessed(shell):
    (shell.folder / "a.csv").write_text("a,b,c,at,seen\n1,2,x,2024-03-01,2024-04-01\n1,3,x,2024-03-02,2024-04-02\n2,2,y,2024-03-03,2024-04-03\n")
    shell("init", "--from", "a.csv", "--key", "a", "--key", "b", "--time-column", "seen")
    assert one(shell.folder, "entity")["key"] == ["a", "b"]
    assert one(shell.folder, "source")["event_time"] == "seen"
    shell("check")
    assert shell("show", "--key", "a=1", "--format", "json").json()["tables"][0]["rows"][0]["event_time"] == "2024-04-01T00:00:00Z"


HOSTILE = ["a b", "x`y", "0", "ü", "true", "a.b", "a:b", "#x", "'", '"', "{x}", "-", "null", "feature", "a\\b"]


def test_names_of_all_sorts(shell):
    columns = {"id": ["u1", "u2", "u1"], "at": pa.array([0, 1, 2], pa.timestamp("s")), **{name: [1.5, 2.5, 3.5] for name in HOSTILE}}
    for i, name in enumerate(HOSTILE):
        pq.write_table(pa.table({key: columns[key] for key in ("id", "at", name)}), shell.folder / f"t{i} x.parquet")
        shell("init", f"new{i}", "--from", f"t{i} x.parquet")
        inside = Command(shell.binary, shell.folder / f"new{i}")
        inside("check")
        assert one(inside.folder, "source")["columns"][name] == "double"
        assert inside("show", "--format", "json").json()["tables"][0]["rows"]


REFUSALS = {
    "no time": ("a.csv", "user_id,x\nu1,1\nu1,2\n", [], 1, "no column of a.csv says when: none holds times that can be read"),
    "no key": ("a.csv", "at,x\n2024-03-01,1.5\n2024-03-02,2.5\n", [], 1, "no column of a.csv tells one thing from another"),
    "no such key": ("a.csv", "user_id,at\nu1,2024-03-01\n", ["--key", "user"], 2, "a.csv has no column `user`"),
    "no such time": ("a.csv", "user_id,at\nu1,2024-03-01\n", ["--time-column", "ta"], 2, "a.csv has no column `ta`"),
    "no times": ("a.csv", "user_id,at,x\nu1,2024-03-01,a\n", ["--time-column", "x"], 1, "column `x` of a.csv does not hold times that can be read"),
    "a key that is a double": ("a.csv", "user_id,at,x\nu1,2024-03-01,1.5\n", ["--key", "x"], 1, "column `x` of a.csv cannot be a key"),
    "another form": ("a.xlsx", "x", [], 2, "the form of a.xlsx is not known"),
    "two ways": ("a.csv", "user_id,at\nu1,2024-03-01\n", ["--template", "clicks"], 2, "--from and --template are two ways to begin"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals(shell, name):
    file, text, more, code, message = REFUSALS[name]
    (shell.folder / file).write_text(text)
    done = shell("init", "new", "--from", file, *more, code=code)
    assert message in done.err and not (shell.folder / "new").exists()


def test_other_wrong_use(shell):
    assert "`headrace init` needs NAME" in shell("init", code=2).err
    assert "--key and --time-column are for --from" in shell("init", "x", "--key", "a", code=2).err
    assert "--template is one of pumps, payments, clicks" in shell("init", "x", "--template", "pump", code=2).err
    assert "none.csv" in shell("init", "x", "--from", "none.csv", code=3).err
    (shell.folder / "a.csv").write_text("user_id,at\nu1,2024-03-01\nu1,2024-03-02\n")
    shell("init", "--from", "a.csv")
    before = (shell.folder / "project.yaml").read_text()
    assert "project.yaml is there already" in shell("init", "--from", "a.csv", code=1).err
    assert (shell.folder / "project.yaml").read_text() == before


def test_an_empty_file(shell):
    (shell.folder / "a.csv").write_text("user_id,at,x\n")
    done = shell("init", "new", "--from", "a.csv", code=None)
    assert done.code == 1 and "says when" in done.err


# A CSV file as people have it: (its bytes, what the source's `batch` says of it beside format and path)
FORMS = {
    "semicolons": (CSV.replace(",", ";"), {"delimiter": ";"}),
    "tabs": (CSV.replace(",", "\t"), {"delimiter": "\t"}),
    "bars": (CSV.replace(",", "|"), {"delimiter": "|"}),
    "two columns": ("symbol;date\nA;2020-01-01\nA;2020-01-02\n", {"delimiter": ";"}),
    "a decimal comma": (CSV.replace(",", ";").replace(".5", ",5"), {"delimiter": ";", "decimal": ","}),
    "windows": (CSV.replace(",", ";").replace("note", "größe").encode("cp1252"), {"delimiter": ";", "encoding": "windows-1252"}),
    "German dates": (re.sub(r"2020-(\d\d)-01", r"13.\1.2020 17:05", CSV).replace(",", ";"), {"delimiter": ";", "time_format": "%d.%m.%Y %H:%M"}),
    "American dates": (re.sub(r"2020-(\d\d)-01", r"\1/13/2020", CSV), {"time_format": "%m/%d/%Y"}),
    "dates of eight digits": (re.sub(r"2020-(\d\d)-01", r"2020\g<1>13", CSV), {"time_format": "%Y%m%d"}),
}


@pytest.mark.parametrize("name", FORMS)
def test_forms_of_text(shell, name):
    text, form = FORMS[name]
    (shell.folder / "stocks.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    shell("init", "new", "--from", "stocks.csv")
    source = one(shell.folder / "new", "source")
    assert source["batch"] == {"format": "csv", "path": "../stocks.csv"} | form
    assert one(shell.folder / "new", "entity") == {"name": "symbol", "key": "symbol"}
    if name != "two columns":
        assert source["columns"]["price"] == "double" and source["columns"]["volume"] == "int64"
    inside = Command(shell.binary, shell.folder / "new")
    inside("check")
    assert inside("show", "--format", "json").json()["tables"][0]["rows"]


def test_days_that_may_be_months_are_not_guessed(shell):
    (shell.folder / "a.csv").write_text("user_id,at\nu1,01/02/2024\nu1,03/04/2024\n")
    assert "no column of a.csv says when" in shell("init", "new", "--from", "a.csv", code=1).err


@pytest.mark.parametrize("kind", ["csv", "ndjson", "parquet"])
def test_of_a_large_file_the_head_is_looked_at(shell, kind):
    rows = 50_001
    columns = {"user_id": [f"u{i % 7}" for i in range(rows)], "at": [1_700_000_000 + i for i in range(rows)], "x": [i * 0.5 for i in range(rows)]}
    path = shell.folder / f"a.{kind}"
    if kind == "parquet":
        pq.write_table(pa.table(columns), path)
    elif kind == "csv":
        path.write_text("user_id,at,x\n" + "".join(f"{u},{t},{x}\n" for u, t, x in zip(*columns.values(), strict=True)))
    else:
        path.write_text("".join(json.dumps(dict(zip(columns, row, strict=True))) + "\n" for row in zip(*columns.values(), strict=True)))
    done = shell("init", "new", "--from", path.name)
    assert f"50000 rows in a.{kind}" in done.err and "there are more rows, and types are guessed from the first 50000" in done.err
    assert "# Types and keys are guessed from the first 50000 rows.\n" in (shell.folder / "new" / "project.yaml").read_text()
    Command(shell.binary, shell.folder / "new")("check")


def test_what_comes_behind_the_head_is_not_read(shell):
    """A row that cannot be read, which would stop the reading of the whole file."""
    (shell.folder / "a.csv").write_text("user_id,at,x\n" + "u1,2024-03-01,1\n" * 50_001 + "u1,2024-03-01\n" * 10)
    shell("init", "new", "--from", "a.csv")
