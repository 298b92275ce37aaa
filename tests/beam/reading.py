"""Checks of what the runtime reads from files and messages, in a Python with Beam: reading.py RUNTIME_FOLDER FOLDER."""
import decimal
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
FOLDER = Path(sys.argv[2])

import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402
from headrace_runtime import batches, big_query, files, stream_sources  # noqa: E402
from headrace_runtime.columns import of_arrow  # noqa: E402
from headrace_runtime.histories import Source  # noqa: E402

X = [files.Wanted("x", "double")]


def problem_of(function, *arguments):
    try:
        return f"no problem: {function(*arguments)}"
    except ValueError as error:
        return str(error)


def read(name, wanted=X):
    kind = files.format_of(name)
    return list(files.read_rows(str(FOLDER / name), kind, wanted))


def two_columns_of_one_name():
    (FOLDER / "twice.csv").write_text("x,x,z\n1,2,99\n")
    pq.write_table(pa.Table.from_arrays([pa.array([1.0]), pa.array([2.0]), pa.array([99.0])], ["x", "x", "z"]), FOLDER / "twice.parquet")
    for name in ("twice.csv", "twice.parquet"):
        assert "several columns named `x`" in problem_of(read, name), name
        assert "several columns named `x`" in problem_of(lambda n=name: list(batches.read_batches(str(FOLDER / n), files.format_of(n), X))), name


def ragged_rows_and_types_of_keys():
    (FOLDER / "rows.csv").write_text("x\n" + "1\n" * 100_000)
    (FOLDER / "ragged.csv").write_text("x\n1\n1,2\n")
    pq.write_table(pa.table({"x": pa.array([1.0] * 100_000), "y": pa.array([1.0] * 100_000)}), FOLDER / "rows.parquet")
    assert files.key_kinds(["x"], [None], str(FOLDER / "rows.csv"), "csv") == ("int64",)
    for name in ("rows.csv", "rows.parquet"):
        assert len(read(name)) == sum(batch.num_rows for batch in batches.read_batches(str(FOLDER / name), files.format_of(name), X)) == 100_000
    assert "ragged.csv: row 2 has 2 fields, the header has 1" in problem_of(read, "ragged.csv")


def headers_of_csv_files():
    for text, rows in [("x", []), ("\n\nx\n\n1\n", [(1.0,)]), ('\ufeff"x"\n1', [(1.0,)]), ('"a\nb",x\n1,2\n', [(2.0,)])]:
        (FOLDER / "header.csv").write_text(text, encoding="utf-8")
        assert read("header.csv") == rows, text
    (FOLDER / "header.csv").write_text(" \n")
    assert "header.csv: there is no header" in problem_of(read, "header.csv")
    (FOLDER / "header.csv").write_bytes(b"x,\xff\n1,2\n")
    assert "header.csv: the header is not UTF-8" in problem_of(read, "header.csv")


def a_field_twice():
    (FOLDER / "twice.ndjson").write_text('{"x": 1, "x": null}\n')
    assert "has `x` twice" in problem_of(read, "twice.ndjson")
    (FOLDER / "other.ndjson").write_text('{"x": 1, "y": {"x": 1, "x": 2}, "z": 1, "z": 2}\n')
    assert read("other.ndjson") == [(1.0,)]
    (FOLDER / "list.ndjson").write_text("[1]\n")
    assert "is not a JSON object" in problem_of(read, "list.ndjson")


def numbers_of_texts_are_the_nearest_double():
    (FOLDER / "large.ndjson").write_text('{"x": 9007199254740993}\n')
    (FOLDER / "large.csv").write_text("x\n9007199254740993\n")
    assert read("large.ndjson") == read("large.csv") == [(9007199254740992.0,)]


def typed_columns_widen_and_lose_nothing():
    def of(values, kind, type_=None):
        return of_arrow(pa.array(values, type_), kind, None).to_pylist()

    assert of([1, 2], "double") == [1.0, 2.0]
    assert of([decimal.Decimal("7")], "int64", pa.decimal128(9, 0)) == [7]
    assert of(["2024-03-01T00:00:00Z"], "timestamp")[0].isoformat() == "2024-03-01T00:00:00+00:00"
    for values, kind, type_ in [
        ([True], "int64", None),
        ([7], "string", None),
        (["1.5"], "double", None),
        ([4.0], "int64", None),
        ([decimal.Decimal(2**53 + 1)], "double", pa.decimal128(16, 0)),
        ([2**53 + 1], "double", None),
    ]:
        assert "no problem" not in problem_of(of, values, kind, type_), (values, kind)


def numbers_of_tables():
    assert big_query.from_table(decimal.Decimal("3"), "int64", None) == 3
    assert big_query.from_table(decimal.Decimal("3.7"), "double", None) == 3.7
    for value, kind in [(decimal.Decimal("3.7"), "int64"), (decimal.Decimal(2**53 + 1), "double"), (2**53 + 1, "double")]:
        assert "no problem" not in problem_of(big_query.from_table, value, kind, None), value


def messages():
    source = Source(name="s", key=("k",), key_types=("string",), event_time="t", arrival="seq", unit="us", columns=(("x", "double"),), path="", format="", stream=(), allowed_lateness=0)
    whole = b'{"k": "a", "t": 1, "seq": 4, "x": 1.5}'
    assert stream_sources.to_message(source, whole, "07", 0).arrival == ("", 4)
    assert "has no `seq`" in problem_of(stream_sources.to_message, source, b'{"k": "a", "t": 1, "x": 1.5}', "07", 0)
    assert "not a JSON object" in problem_of(stream_sources.to_message, source, b"[1]", "07", 0)


for check in (
    ragged_rows_and_types_of_keys,
    headers_of_csv_files,
    two_columns_of_one_name,
    a_field_twice,
    numbers_of_texts_are_the_nearest_double,
    typed_columns_widen_and_lose_nothing,
    numbers_of_tables,
    messages,
):
    check()
    print(check.__name__)
