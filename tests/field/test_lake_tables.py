"""Folders of table formats: a Delta table is its newest version; others are refused by name, with what to do."""
import datetime
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from field_repository import COUNT, repository  # noqa: F401

AT = pa.array([datetime.datetime(2024, 3, 1)], pa.timestamp("us"))
FEATURES = {"n": COUNT, "latest": "source_features: [x]"}


class Table:
    """A Delta table of files with one event each."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "_delta_log").mkdir(parents=True)
        self.version = -1

    def put(self, path, key, x):
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"id": [key], "at": AT, "x": [float(x)]}), self.folder / path)

    def commit(self, *actions):
        self.version += 1
        text = "".join(json.dumps(each) + "\n" for each in actions)
        (self.folder / f"_delta_log/{self.version:020}.json").write_text(text)

    def checkpoint(self, added, protocol=(1, None), configuration=None, name="checkpoint.parquet"):
        dv = pa.struct([("storageType", pa.string()), ("pathOrInlineDv", pa.string()), ("offset", pa.int32())])
        kinds = pa.schema([
            ("add", pa.struct([("path", pa.string()), ("partitionValues", pa.map_(pa.string(), pa.string())), ("stats", pa.string()), ("deletionVector", dv)])),
            ("protocol", pa.struct([("minReaderVersion", pa.int32()), ("readerFeatures", pa.list_(pa.string()))])),
            ("metaData", pa.struct([("configuration", pa.map_(pa.string(), pa.string()))])),
        ])
        rows = [{"add": {"path": path, "partitionValues": values, "stats": "{}", "deletionVector": vector}} for path, values, vector in added]
        rows += [{"protocol": {"minReaderVersion": protocol[0], "readerFeatures": protocol[1]}}, {"metaData": {"configuration": configuration or []}}]
        pq.write_table(pa.Table.from_pylist(rows, schema=kinds), self.folder / f"_delta_log/{self.version:020}.{name}")


def add(path, vector=None, **values):
    return {"add": {"path": path, "partitionValues": values, "size": 1, "modificationTime": 1, "dataChange": True} | ({"deletionVector": vector} if vector else {})}


def remove(path, vector=None):
    return {"remove": {"path": path, "deletionTimestamp": 2, "dataChange": True} | ({"deletionVector": vector} if vector else {})}


@pytest.fixture
def table(repository):
    repository.define("{format: parquet, path: data}", **FEATURES)
    return Table(repository.folder / "data")


def read(repository, *arguments):
    rows, done = repository.backfill(*arguments)
    return sorted((row["id"], row["latest"]) for row in rows), done.err


def test_commits(repository, table):
    table.commit({"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}, {"metaData": {"configuration": {}, "partitionColumns": []}}, add("a.parquet"), add("b%20b.parquet"))
    table.commit(remove("a.parquet"), add("c.parquet"), {"commitInfo": {"operation": "DELETE"}})
    for path, key in (("a.parquet", 1), ("b b.parquet", 2), ("c.parquet", 3), ("never.parquet", 4)):
        table.put(path, key, key)
    rows, said = read(repository)
    assert rows == [(2, 2.0), (3, 3.0)]
    assert "source `readings`: version 1 of a Delta table, 2 files read, 3 left out: 1 hidden (`data/_delta_log`), 2 that the table no longer has (`data/a.parquet`, `data/never.parquet`)" in said


def test_generated_sql_reads_the_same(repository, table):
    duckdb = pytest.importorskip("duckdb")
    table.commit(add("a.parquet"), add("b.parquet"))
    table.commit(remove("a.parquet"))
    for path, key in (("a.parquet", 1), ("b.parquet", 2)):
        table.put(path, key, key)
    repository.command("generate", "sql", "--output", "gen", "--quiet")
    sql = (repository.folder / "gen/sources.sql").read_text().replace("'data/", f"'{repository.folder}/data/")
    database = duckdb.connect()
    database.execute(sql)
    assert database.execute("SELECT id FROM readings").fetchall() == [(2,)]


@pytest.mark.parametrize("parts", [1, 2])
@pytest.mark.parametrize("keeps_commits", [True, False])
def test_a_checkpoint_and_the_commits_after_it(repository, table, parts, keeps_commits):
    table.commit(add("a.parquet"), add("b.parquet"))
    table.commit(remove("a.parquet"), add("day=2024-03-01/c.parquet", x="7", day="2024-03-01"))
    files = [("b.parquet", [], None), ("day=2024-03-01/c.parquet", [("day", "2024-03-01")], None)]
    if parts == 1:
        table.checkpoint(files)
    else:
        for i, each in enumerate(files):
            table.checkpoint([each], name=f"checkpoint.{i + 1:010}.{len(files):010}.parquet")
    table.commit(add("d.parquet"), remove("b.parquet"))
    if not keeps_commits:
        for version in (0, 1):
            (table.folder / f"_delta_log/{version:020}.json").unlink()
    for path, key in (("a.parquet", 1), ("b.parquet", 2), ("day=2024-03-01/c.parquet", 3), ("d.parquet", 4)):
        table.put(path, key, key)
    rows, said = read(repository)
    assert rows == [(3, 3.0), (4, 4.0)] and "version 2 of a Delta table" in said


def test_partition_values_are_columns(repository):
    repository.define("{format: parquet, path: data}", columns="{x: double, y: double}", latest="source_features: [x]", part="source_features: [y]")
    table = Table(repository.folder / "data")
    table.commit(add("y=2.5/a.parquet", y="2.5", x="9"), add("b.parquet", y=None), add("y=wrong/c.parquet", y="4.5"))
    for path, key in (("y=2.5/a.parquet", 1), ("b.parquet", 2), ("y=wrong/c.parquet", 3)):
        table.put(path, key, key)
    rows, _ = repository.backfill()
    assert sorted((row["id"], row["latest"], row["part"]) for row in rows) == [(1, 1.0, 2.5), (2, 2.0, None), (3, 3.0, 4.5)]


VECTOR = {"storageType": "u", "pathOrInlineDv": "ab^-aqEH", "offset": 4, "sizeInBytes": 40, "cardinality": 1}


def test_a_deletion_vector_that_is_gone_matters_no_more(repository, table):
    table.put("a.parquet", 1, 1)
    table.put("b.parquet", 2, 2)
    table.commit({"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": ["deletionVectors", "timestampNtz"]}}, add("a.parquet"))
    table.commit(remove("a.parquet"), add("a.parquet", VECTOR))
    said = repository.fails()
    assert "`data` is a Delta table with deletion vectors, which is not read" in said and "REORG TABLE" in said
    table.checkpoint([("a.parquet", [], {k: VECTOR[k] for k in ("storageType", "pathOrInlineDv", "offset")})], (3, ["deletionVectors"]))
    assert "deletion vectors" in repository.fails()
    table.commit(add("b.parquet"), remove("a.parquet", VECTOR))
    assert read(repository)[0] == [(2, 2.0)]


REFUSED = {
    "column mapping": ([{"metaData": {"configuration": {"delta.columnMapping.mode": "name"}}}], "column mapping (by name)"),
    "a feature": ([{"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": ["variantType"]}}], "the feature `variantType`"),
    "a protocol": ([{"protocol": {"minReaderVersion": 4, "minWriterVersion": 9}}], "version 4 of the protocol for readers"),
    "a clone": ([add("s3://bucket/a.parquet")], "files outside its folder (`s3://bucket/a.parquet`)"),
    "above": ([add("../a.parquet")], "files outside its folder (`../a.parquet`)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_understood_is_refused_by_name(repository, table, name):
    actions, says = REFUSED[name]
    table.put("a.parquet", 1, 1)
    table.commit(add("a.parquet"), *actions)
    said = repository.fails()
    assert f"`data` is a Delta table with {says}, which is not read" in said
    assert "plain Parquet files" in said


def test_a_log_with_a_gap(repository, table):
    table.put("a.parquet", 1, 1)
    for _ in range(3):
        table.commit(add("a.parquet"))
    (table.folder / f"_delta_log/{1:020}.json").unlink()
    assert "whose log has no version 1, before version 2" in repository.fails()


@pytest.mark.parametrize("path, says", [
    ("data/*.parquet", "only its log says which of its files count"),
    ("data/y=1", "only its log says which of its files count"),
    (".", "only its log says which of its files count"),
])
def test_parts_of_a_table_are_refused(repository, table, path, says):
    table.put("y=1/a.parquet", 1, 1)
    table.put("b.parquet", 1, 1)
    table.commit(add("y=1/a.parquet", y="1"))
    repository.define(f'{{format: parquet, path: "{path}"}}', **FEATURES)
    said = repository.fails()
    assert "is a Delta table, and " + says in said and ("path: data`" in said or "path: ./data`" in said)


@pytest.mark.parametrize("mark, words", [("data/metadata/v1.metadata.json", "an Iceberg table"), ("data/metadata/00001-5c.metadata.json", "an Iceberg table"), ("data/.hoodie/hoodie.properties", "a Hudi table")])
def test_other_tables_are_refused(repository, mark, words):
    repository.define("{format: parquet, path: data}", **FEATURES)
    repository.write(mark, "{}")
    (repository.folder / "data/data").mkdir()
    pq.write_table(pa.table({"id": [1], "at": AT, "x": [1.0]}), repository.folder / "data/data/a.parquet")
    for command in (["backfill", "--output", "null:"], ["generate", "sql", "--output", "gen"]):
        said = repository.command(*command, code=1).err
        assert f"`data` is {words}, which is not read" in said and "another folder" in said
