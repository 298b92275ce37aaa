"""Types and columns are settled over all files of a source: what one file lacks is null there, and said."""
import datetime
import decimal
import json
import re
import struct
import uuid

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from field_repository import COUNT, repository  # noqa: F401

AT = datetime.datetime(2024, 3, 1)
LATEST = "source_features: [y]"


def put(repository, path, form, columns, rows):
    """A file of one of the formats; values are as JSON has them."""
    file = repository.folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    if form == "parquet":
        types = {"at": pa.timestamp("us"), "x": pa.float64(), "y": pa.float64()}
        pq.write_table(pa.table({name: pa.array([row[i] if name != "at" else datetime.datetime.fromisoformat(row[i]) for row in rows], types.get(name)) for i, name in enumerate(columns)}), file)
    elif form == "ndjson":
        file.write_text("".join(json.dumps(dict(zip(columns, row))) + "\n" for row in rows))
    else:
        file.write_text("".join(",".join("" if v is None else str(v) for v in line) + "\n" for line in [columns, *rows]))


def note_of(done, word):
    return [line for line in done.err.splitlines() if "source `readings`" in line and word in line]


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
def test_a_column_that_came_later_is_null_before(repository, form):
    repository.define(f"{{format: {form}, path: data}}", columns="{x: double, y: double}", n=COUNT, latest=LATEST)
    put(repository, f"data/2022.{form}", form, ["id", "at", "x"], [(1, "2022-03-01T00:00:00", 1.5), (2, "2022-03-01T00:00:00", 1.5)])
    put(repository, f"data/2023.{form}", form, ["id", "at", "x"], [(1, "2023-03-01T00:00:00", 2.5)])
    put(repository, f"data/2024.{form}", form, ["id", "at", "x", "y"], [(1, "2024-03-01T00:00:00", 3.5, 7.0)])
    rows, done = repository.backfill()
    assert sorted((row["id"], row["n"], row["latest"]) for row in rows) == [(1, 1, None), (1, 2, None), (1, 3, 7.0), (2, 1, None)]
    (note,) = note_of(done, "`y`")
    assert note.endswith(f"2 of 3 files have no column `y`, from `data/2022.{form}` to `data/2023.{form}`: null in 3 rows")


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
def test_a_required_column_that_a_file_lacks_is_an_error(repository, form):
    columns = "{x: double, y: {type: double, required: true}}"
    repository.define(f"{{format: {form}, path: data}}", columns=columns, n=COUNT, latest=LATEST)
    put(repository, f"data/a.{form}", form, ["id", "at", "y"], [(1, "2022-03-01T00:00:00", 1.5)])
    put(repository, f"data/b.{form}", form, ["id", "at"], [(1, "2023-03-01T00:00:00")])
    said = repository.fails()
    assert f"`data/b.{form}` has no column `y`, which `data/a.{form}` has" in said
    assert "leave `required` out" in said
    # Where the features do not read it, it does not matter.
    rows, _ = repository.backfill("--features", "n")
    assert [row["n"] for row in rows] == [1, 2]


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
def test_a_column_that_no_file_has_is_a_mistake(repository, form):
    repository.define(f"{{format: {form}, path: data}}", columns="{flow: double}", latest="source_features: [flow]")
    for name in "ab":
        put(repository, f"data/{name}.{form}", form, ["id", "at", "flwo"], [(1, "2022-03-01T00:00:00", 1.5)])
    said = repository.fails()
    assert f"none of the 2 files has a column `flow`; the first is `data/a.{form}`" in said
    assert "did you mean `flwo`?" in said


@pytest.mark.parametrize("missing", ["id", "at"])
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_file_without_key_or_time_is_named(repository, form, missing):
    repository.define(f"{{format: {form}, path: data}}", n=COUNT)
    put(repository, f"data/a.{form}", form, ["id", "at"], [(1, "2022-03-01T00:00:00")])
    row = {"id": (1,), "at": ("2022-03-01T00:00:00",)}
    put(repository, f"data/b.{form}", form, [name for name in row if name != missing], [sum((v for k, v in row.items() if k != missing), ())])
    assert f"`data/b.{form}` has no column `{missing}`, which `data/a.{form}` has" in repository.fails()


@pytest.mark.parametrize("skip", [[], ["--on-bad-row", "skip"]])
@pytest.mark.parametrize("empty", ["", "id,at,x\n", "id,at\n", "id,at,x\n,2024-03-01,5\n"])
def test_an_empty_csv_decides_nothing(repository, empty, skip):
    repository.define("{format: csv, path: data}", n=COUNT)
    repository.write("data/a.csv", empty)
    put(repository, "data/b.csv", "csv", ["id", "at", "x"], [("pump-1", "2024-03-01", 2.0), ("7", "2024-03-01", 3.0)])
    if "5" in empty and not skip:
        repository.fails()
        return
    rows, _ = repository.backfill(*skip)
    assert sorted((row["id"], row["n"]) for row in rows) == [("7", 1), ("pump-1", 1)]


@pytest.mark.parametrize("empty", ["", "\n", "\n\n"])
def test_an_empty_ndjson_decides_nothing(repository, empty):
    repository.define("{format: ndjson, path: data}", n=COUNT)
    repository.write("data/a.ndjson", empty)
    put(repository, "data/b.ndjson", "ndjson", ["id", "at", "x"], [("pump-1", "2024-03-01", 2.0)])
    rows, _ = repository.backfill()
    assert [(row["id"], row["n"]) for row in rows] == [("pump-1", 1)]


def test_an_empty_parquet_decides_nothing(repository):
    repository.define("{format: parquet, path: data}", columns="{x: double}", n=COUNT, latest="source_features: [x]")
    (repository.folder / "data").mkdir()
    # What pandas writes of a frame without rows.
    pq.write_table(pa.table({"id": pa.array([], pa.null()), "at": pa.array([], pa.string()), "x": pa.array([], pa.string())}), repository.folder / "data/a.parquet")
    put(repository, "data/b.parquet", "parquet", ["id", "at", "x"], [("pump-1", "2024-03-01", 2.0)])
    rows, _ = repository.backfill()
    assert [(row["id"], row["n"], row["latest"]) for row in rows] == [("pump-1", 1, 2.0)]


def test_keys_of_one_type_in_many_widths(repository):
    repository.define("{format: parquet, path: data}", n=COUNT)
    (repository.folder / "data").mkdir()
    # A file of nulls says nothing; doubles are what pandas makes of integers where one is missing.
    for name, keys in {"a": pa.array([1.0, 2.0]), "b": pa.array([1, 2], pa.int32()), "c": pa.array([1, 2], pa.uint64()), "d": pa.array(["1"]).dictionary_encode().cast(pa.string()).cast(pa.int64())}.items():
        pq.write_table(pa.table({"id": keys, "at": pa.array([AT] * len(keys), pa.timestamp("us")), "x": [1.0] * len(keys)}), repository.folder / f"data/{name}.parquet")
    rows, _ = repository.backfill()
    assert sorted((row["id"], row["n"]) for row in rows) == [(1, 4), (2, 3)]
    pq.write_table(pa.table({"id": ["x"], "at": pa.array([AT], pa.timestamp("us")), "x": [1.0]}), repository.folder / "data/e.parquet")
    assert "the key column `id` is string in `data/e.parquet`, but int64 in other files of the source" in repository.fails()


@pytest.mark.parametrize("scale, texts", [(18, ["19.99", "0.1", "-7", "0", "123456.789012345"]), (30, ["0.5", "2.25", "1e-20"]), (4, ["99999999.9999", "3"]), (60, ["0.3", "17.5"])])
def test_decimals_are_the_double_that_prints_the_same(repository, scale, texts):
    repository.define("{format: parquet, path: data}", latest="source_features: [x]")
    (repository.folder / "data").mkdir()
    kind = pa.decimal128(38, scale) if scale < 38 else pa.decimal256(76, scale)
    values = [decimal.Decimal(text) for text in texts]
    pq.write_table(pa.table({"id": list(range(len(texts))), "at": pa.array([AT] * len(texts), pa.timestamp("us")), "x": pa.array(values, kind)}), repository.folder / "data/a.parquet")
    rows, _ = repository.backfill()
    assert [row["latest"] for row in sorted(rows, key=lambda row: row["id"])] == [float(text) for text in texts]


def test_a_decimal_that_no_double_holds_can_be_text(repository):
    repository.define("{format: parquet, path: data}", latest="source_features: [x]")
    (repository.folder / "data").mkdir()
    pq.write_table(pa.table({"id": [1], "at": pa.array([AT], pa.timestamp("us")), "x": pa.array([decimal.Decimal("1.234567890123456789")], pa.decimal128(38, 18))}), repository.folder / "data/a.parquet")
    said = repository.fails()
    assert "`data/a.parquet`, column `x`, row 1: 1.234567890123456789 cannot become a double without loss" in said
    assert "declare it as `x: string` to keep every digit" in said
    repository.define("{format: parquet, path: data}", columns="{x: string}", latest="source_features: [x]")
    rows, _ = repository.backfill()
    assert [row["latest"] for row in rows] == ["1.234567890123456789"]


def test_whole_doubles_are_integers(repository):
    repository.define("{format: parquet, path: data}", columns="{x: int64}", latest="source_features: [x]")
    (repository.folder / "data").mkdir()
    table = {"id": [1, 2, 3], "at": pa.array([AT] * 3, pa.timestamp("us")), "x": [5.0, None, -2.0]}
    pq.write_table(pa.table(table), repository.folder / "data/a.parquet")
    rows, _ = repository.backfill()
    assert sorted((row["id"], row["latest"]) for row in rows) == [(1, 5), (2, None), (3, -2)]
    pq.write_table(pa.table(table | {"x": [5.0, 2.5, -2.0]}), repository.folder / "data/a.parquet")
    assert "is not an int64" in repository.fails()


@pytest.mark.parametrize("unlabelled", [False, True])
def test_a_uuid_is_text(repository, unlabelled):
    repository.define("{format: parquet, path: data}", columns="{x: string}", latest="source_features: [x]")
    (repository.folder / "data").mkdir()
    ids = [uuid.UUID("7ed4bffc-f189-40b0-9090-c58e1cba14b8"), uuid.UUID(int=1)]
    column = pa.array([each.bytes for each in ids], pa.binary(16))
    if not unlabelled:
        column = pa.ExtensionArray.from_storage(pa.uuid(), column)
    # `store_schema=False` leaves only what Parquet itself says, as other writers do.
    pq.write_table(pa.table({"id": column, "at": pa.array([AT] * 2, pa.timestamp("us")), "x": column}), repository.folder / "data/a.parquet", store_schema=False)
    if unlabelled:
        assert "write the key as an integer or as text" in repository.fails()
        return
    rows, _ = repository.backfill()
    assert sorted((row["id"], row["latest"]) for row in rows) == sorted((str(each), str(each)) for each in ids)
    repository.write("obs.csv", f"id,at\n{ids[0]},2024-03-02\n")
    repository.command("dataset", "--observations", "obs.csv", "--output", "train.ndjson")
    assert json.loads((repository.folder / "train.ndjson").read_text())["latest"] == str(ids[0])


def int96_file(path, times, extra=None):
    """Event times as INT96 (pyarrow writes those that fit; the bytes of the others are put in their places)."""
    placeholder = datetime.datetime(2000, 1, 1)
    marks = [placeholder + datetime.timedelta(microseconds=i + 1) for i in range(len(times))]
    pq.write_table(pa.table({"id": [1] * len(times), "at": pa.array(marks, pa.timestamp("ns")), "x": [float(i) for i in range(len(times))]}), path,
                   use_deprecated_int96_timestamps=True, compression="NONE", use_dictionary=False, write_statistics=False)
    data = path.read_bytes()
    for i, (day, nanoseconds) in enumerate(times):
        mark = struct.pack("<qi", (i + 1) * 1000, 2451545)
        assert data.count(mark) == 1
        data = data.replace(mark, struct.pack("<qI", nanoseconds, day))
    path.write_bytes(data)


def julian(text):
    return (datetime.date.fromisoformat(text) - datetime.date(1970, 1, 1)).days + 2440588


def test_int96_times_of_all_years(repository):
    repository.define("{format: parquet, path: data}", columns="{x: double}", latest="source_features: [x]")
    (repository.folder / "data").mkdir()
    days = ["0001-01-01", "0723-03-21", "1600-02-29", "1677-09-21", "2262-04-12", "2400-01-01", "9999-12-31"]
    int96_file(repository.folder / "data/a.parquet", [(julian(day), 51_000_000_000) for day in days])
    rows, _ = repository.backfill()
    assert [(row["event_time"], row["latest"]) for row in sorted(rows, key=lambda row: row["latest"])] == [(f"{day}T00:00:51Z", float(i)) for i, day in enumerate(days)]


@pytest.mark.parametrize("day", [0, julian("9999-12-31") + 1, 2**31, 2**32 - 1, 106751991 + 2440588 + 1])
def test_int96_times_outside_the_calendar_are_bad(repository, day):
    repository.define("{format: parquet, path: data}", columns="{x: double}", latest="source_features: [x]")
    (repository.folder / "data").mkdir()
    int96_file(repository.folder / "data/a.parquet", [(julian("2024-03-01"), 0), (day, 5)])
    said = repository.fails()
    assert "data/a.parquet" in said and "is outside the years 1 to 9999" in said


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_folder_replaces_no_field(repository, form):
    repository.define(f"{{format: {form}, path: data}}", columns="{x: double, y: double}", n="aggregation: sum, window: lifetime, source_features: [x]", latest=LATEST)
    put(repository, f"data/x=100/y=7/a.{form}", form, ["id", "at", "x"], [(1, "2024-03-01T00:00:00", 1.5)])
    rows, _ = repository.backfill()
    assert [(row["n"], row["latest"]) for row in rows] == [(1.5, 7.0)]


@pytest.mark.parametrize("codec", ["NONE", "SNAPPY", "ZSTD"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_a_page_that_fails_its_checksum_is_named(repository, codec, version):
    repository.define("{format: parquet, path: data}", latest="source_features: [x]")
    (repository.folder / "data").mkdir()
    path = repository.folder / "data/a.parquet"
    values = [1234.5 + i * 0.37 for i in range(500)]
    pq.write_table(pa.table({"id": list(range(500)), "at": pa.array([AT] * 500, pa.timestamp("us")), "x": values}), path,
                   compression=codec, use_dictionary=False, write_page_checksum=True, data_page_version=version)
    repository.backfill()
    chunk = pq.ParquetFile(path).metadata.row_group(0).column(2)
    data = bytearray(path.read_bytes())
    data[chunk.data_page_offset + chunk.total_compressed_size - 9] ^= 4
    path.write_bytes(data)
    said = repository.fails()
    assert "cannot read row group 0 of `data/a.parquet`, column `x`" in said and re.search("checksum|CRC", said)
