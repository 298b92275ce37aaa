"""A folder's files are each read once, or named as left out; every format and the generated SQL see the same ones."""
import gzip
import os
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from field_repository import COUNT, repository  # noqa: F401

FORMATS = {"csv": ["csv", "CSV", "Csv", "tsv", "CSV.GZ", "csv.Zst"], "ndjson": ["ndjson", "NDJSON", "JsonL", "json.GZ"], "parquet": ["parquet", "PQ", "Parq"]}


def put(repository, path, number, form):
    """One event of the thing `number`."""
    name = path.lower()
    file = repository.folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    if form == "parquet":
        pq.write_table(pa.table({"id": [number], "at": ["2024-03-01T00:00:00Z"], "x": [1.0]}), file)
        return
    gap = "\t" if ".tsv" in name else ","
    text = f'{{"id": {number}, "at": "2024-03-01T00:00:00Z", "x": 1.0}}\n' if form == "ndjson" else f"id{gap}at{gap}x\n{number}{gap}2024-03-01T00:00:00Z{gap}1.0\n"
    data = text.encode()
    if name.endswith(".gz"):
        data = gzip.compress(data)
    if name.endswith(".zst"):
        data = pa.compress(data, codec="zstd", asbytes=True)
    file.write_bytes(data)


def note_of(done):
    found = re.search(r"note: source `readings`: (.*)", done.err)
    return found.group(1) if found else ""


def in_sql(repository):
    """The same feature through the generated DuckDB statements."""
    duckdb = pytest.importorskip("duckdb")
    repository.command("generate", "sql", "--output", "gen", "--quiet")
    before = os.getcwd()
    os.chdir(repository.folder)
    try:
        database = duckdb.connect()
        database.execute((repository.folder / "gen/sources.sql").read_text(encoding="utf-8"))
        database.execute((repository.folder / "gen/features/n.sql").read_text(encoding="utf-8"))
        return sorted((int(i), n) for i, n in database.execute("SELECT id, n FROM feature_n").fetchall())
    finally:
        os.chdir(before)


@pytest.mark.parametrize("form", FORMATS)
def test_extensions_count_in_any_case(repository, form):
    repository.define(f"{{format: {form}, path: data}}", columns="{id: int64, x: double}", n=COUNT)
    for number, extension in enumerate(FORMATS[form]):
        put(repository, f"data/{number}.{extension}", number, form)
    put(repository, "data/_temporary/0/part.parquet", 90, form)
    put(repository, f"data/.hidden.{form}", 91, form)
    put(repository, f"data/_{form}/x.{form}", 92, form)
    repository.write("data/notes.txt", "x")
    repository.write("data/README", "x")
    rows, done = repository.backfill()
    wanted = [(number, 1) for number in range(len(FORMATS[form]))]
    assert sorted((row["id"], row["n"]) for row in rows) == wanted
    assert note_of(done) == (f"{len(wanted)} files read, 5 left out: 2 of other formats (`data/README`, `data/notes.txt`), "
                             f"3 hidden (`data/.hidden.{form}`, `data/_{form}`, `data/_temporary`)")
    assert in_sql(repository) == wanted


def test_a_link_doubles_nothing_and_a_loop_is_no_file(repository, tmp_path_factory):
    repository.define("{format: csv, path: data}", columns="{id: int64, x: double}", n=COUNT)
    put(repository, "data/2024/a.csv", 1, "csv")
    outside = tmp_path_factory.mktemp("outside")
    repository_outside = type("Outside", (), {"folder": outside})
    put(repository_outside, "b.csv", 2, "csv")
    (repository.folder / "data/latest").symlink_to("2024")
    (repository.folder / "data/newest.csv").symlink_to("2024/a.csv")
    (repository.folder / "data/loop").symlink_to("..")
    (repository.folder / "data/2024/other").symlink_to("../../data")
    (repository.folder / "data/more").symlink_to(outside)
    rows, done = repository.backfill()
    assert sorted((row["id"], row["n"]) for row in rows) == [(1, 1), (2, 1)]
    assert note_of(done) == ("2 files read, 4 left out: 2 that links reach again (`data/latest`, `data/newest.csv`), "
                             "2 that are links in a circle (`data/2024/other`, `data/loop`)")
    assert in_sql(repository) == [(1, 1), (2, 1)]


@pytest.mark.parametrize("path", ["data", "data/**/*.csv", "**/x/**/x/**/*.csv", "**/**/**/**/**/**/*.csv"])
def test_links_in_circles_end(repository, path):
    repository.define(f'{{format: csv, path: "{path}"}}', n=COUNT)
    put(repository, "data/x/y/x/a.csv", 1, "csv")
    for name in ("one", "two", "three"):
        (repository.folder / "data/x/y" / name).symlink_to("..")
        (repository.folder / "data" / name).symlink_to("x/y")
    rows, _ = repository.backfill()
    assert [(row["id"], row["n"]) for row in rows] == [(1, 1)]


def test_sql_notices_files_that_came(repository):
    duckdb = pytest.importorskip("duckdb")
    repository.define("{format: csv, path: data}", columns="{id: int64, x: double}", n=COUNT)
    put(repository, "data/a.csv", 1, "csv")
    assert in_sql(repository) == [(1, 1)]
    put(repository, "data/sub/B.CSV", 2, "csv")
    with pytest.raises(duckdb.Error, match="data has 2 files and not 1: generate the SQL again"):
        database = duckdb.connect()
        os.chdir(repository.folder)
        database.execute((repository.folder / "gen/sources.sql").read_text(encoding="utf-8"))
        database.execute("SELECT count(*) FROM readings").fetchall()
    assert in_sql(repository) == [(1, 1), (2, 1)]


def test_sql_rounds_no_integer(repository):
    duckdb = pytest.importorskip("duckdb")
    repository.define("{format: csv, path: data}", columns="{id: int64, x: int64, y: double, b: bool}", n=COUNT,
                      fx="source_features: [x]", fy="source_features: [y]", fb="source_features: [b]")
    repository.write("data/a.csv", "id,at,x,y,b\n" + "".join(
        f"1,2024-03-01,{x},{y},{b}\n" for x, y, b in [("1.5", "1_0.5", "t"), ("1e3", " 2.5 ", "TRUE"), ("7", "x", "1"), (" -8 ", "1e2", "false"), ("9223372036854775808", "nan", "")]))
    in_sql(repository)
    database = duckdb.connect()
    os.chdir(repository.folder)
    database.execute((repository.folder / "gen/sources.sql").read_text(encoding="utf-8"))
    found = database.execute("SELECT x, CAST(y AS VARCHAR), b FROM readings").fetchall()
    assert found == [(None, None, None), (None, "2.5", True), (7, None, None), (-8, "100.0", False), (None, "nan", None)]


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
def test_a_folder_that_cannot_be_read_is_an_error(repository):
    repository.define("{format: csv, path: data}", n=COUNT)
    put(repository, "data/a.csv", 1, "csv")
    put(repository, "data/closed/b.csv", 2, "csv")
    (repository.folder / "data/closed").chmod(0o700)
    for folder in [repository.folder, *list(repository.folder.parents)[:3]]:
        folder.chmod(0o755)
    process = repository.command.start("backfill", "--output", "null:", stdout=-1, stderr=-1, user=65534, group=65534, extra_groups=[])
    _, err = process.communicate()
    assert process.returncode == 3
    assert b"cannot read the folder `data/closed`: Permission denied" in err


@pytest.mark.parametrize("path", ["data", "data/b.csv", "data/*.csv"])
def test_a_pipe_is_refused(repository, path):
    repository.define(f'{{format: csv, path: "{path}"}}', n=COUNT)
    put(repository, "data/a.csv", 1, "csv")
    os.mkfifo(repository.folder / "data/b.csv")
    assert "`data/b.csv` is a pipe" in repository.fails()
