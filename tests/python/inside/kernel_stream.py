"""Streams of the kernel: their final rows are a backfill's, their values a training set's, however they are fed and kept."""
import os
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import cases
import polars as pl
import pytest
from headrace_kernel import HeadraceError, Kernel, Stream

TYPES = {"double": pl.Float64, "int64": pl.Int64, "string": pl.String, "bool": pl.Boolean, "timestamp": pl.String}
LATER = datetime(2150, 1, 1, tzinfo=UTC)

DEFINITIONS = """
entity: {name: pump, key: pump_id}
---
source: {name: telemetry, entity: pump, event_time: at, allowed_lateness: 10m, columns: {flow: double}}
---
feature: {name: flow_mean, description: d, owner: o, entity: pump, source: telemetry, source_features: [flow], formula: flow, aggregation: mean, window: 1h, version: 1.0.0}
---
feature: {name: flow_ever, description: d, owner: o, entity: pump, source: telemetry, source_features: [flow], formula: flow, aggregation: sum, window: lifetime, version: 1.0.0}
"""


def table(rows):
    return pl.DataFrame(
        {"pump_id": [row[0] for row in rows], "at": [at(row[1]) for row in rows], "flow": [float(row[2]) for row in rows]},
        schema={"pump_id": pl.Int64, "at": pl.Datetime("us", "UTC"), "flow": pl.Float64},
    )


def at(minute):
    return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)


def rows_of(batches):
    """Of several results, in their order."""
    return [row for batch in batches for row in zip(*batch.to_pydict().values(), strict=True)]


def tables_of(case):
    tables = {}
    for source in case.of_kind("source"):
        columns = case.event_columns(source)
        rows = case.events.get(source, [])
        tables[source] = pl.DataFrame(
            {name: pl.Series([row.get(name) for row in rows], dtype=TYPES[kind], strict=False) for name, kind in columns.items()}
        )
    return tables


def in_pieces(kernel, tables, key_count, seed):
    """(source, some rows of it), in order of time: what arrived in another order would be late."""
    order = []
    for source, columns in kernel.columns.items():
        times = tables[source][columns[key_count]].to_list()
        order += [(datetime.fromisoformat(time) if isinstance(time, str) else time, source, row) for row, time in enumerate(times)]
    order.sort(key=lambda each: each[0])
    chance = random.Random(seed)
    start = 0
    while start < len(order):
        end = start + 1
        while end < len(order) and order[end][1] == order[start][1] and chance.random() < 0.7:
            end += 1
        yield order[start][1], tables[order[start][1]][[row for _, _, row in order[start:end]]]
        start = end


# Where events have versions, a later one may be of an earlier time, and late.
WITHOUT_VERSIONS = [path for path in cases.FILES if not any("id" in source for source in cases.Case(path).of_kind("source").values())]


@pytest.mark.parametrize("path", WITHOUT_VERSIONS, ids=lambda path: path.stem)
def test_final_rows_of_a_case_are_a_backfills(path):
    case = cases.Case(path)
    tables = tables_of(case)
    for seed, (entity, features, _) in enumerate(case.groups()):
        kernel = Kernel(case.text(), features)
        expected = kernel.backfill(tables, entity=entity)
        stream, made, pushes = kernel.stream(entity=entity), [], 0
        for source, rows in in_pieces(kernel, tables, len(case.keys(entity)), seed):
            pushed = stream.push(source, rows, now=LATER)
            assert (pushed.accepted, pushed.ahead, pushed.left_out) == (len(rows), 0, [])
            pushes += 1
            if pushes % 3 == 0:
                made.append(stream.advance(LATER))
            if pushes % 5 == 0:
                stream = kernel.stream(entity=entity, restored=stream.store())
        made.append(stream.finish())
        assert made[-1].column_names == expected.column_names
        assert rows_of(made) == rows_of([expected])


@pytest.mark.parametrize("path", cases.FILES, ids=lambda path: path.stem)
def test_values_of_a_case(path):
    case = cases.Case(path)
    tables = tables_of(case)
    for entity, features, rows in case.groups():
        kernel = Kernel(case.text(), features)
        stream = kernel.stream(entity=entity, allowed_lateness=timedelta(days=100_000))
        for source in kernel.columns:
            stream.push(source, tables[source], now=LATER)
        stream = kernel.stream(entity=entity, allowed_lateness=timedelta(days=100_000), restored=stream.store())
        places = pl.DataFrame(
            {
                **{key: [row["entity"][key] for row in rows] for key in case.keys(entity)},
                "asked_at": [datetime.fromisoformat(row["at"]) for row in rows],
            }
        )
        cases.check(rows, features, stream.read(places, time_column="asked_at").to_pydict())


def test_a_life_with_late_and_future_events():
    kernel = Kernel(DEFINITIONS)
    stream = kernel.stream(max_ahead=timedelta(hours=1))
    assert stream.settled_to is None and stream.watermark("telemetry") is None
    pushed = stream.push("telemetry", table([(1, 0, 1), (1, 30, 3), (1, 35, 5), (1, 500, 9)]), now=at(30))
    assert (pushed.accepted, pushed.ahead) == (3, 1)
    assert [(row.row, row.reason, row.bound) for row in pushed.left_out] == [(3, "too far ahead", at(90))]
    assert stream.watermark("telemetry") == at(20) and stream.unsettled_rows == 3

    assert rows_of([stream.advance(at(30))]) == [(1, at(0), 1.0, 1.0)]
    assert stream.settled_to == at(20)
    assert stream.read(table([(1, 30, 0), (2, 30, 0)]), time_column="at").to_pydict() == {"flow_mean": [2.0, None], "flow_ever": [4.0, None]}

    stream = kernel.stream(max_ahead=timedelta(hours=1), restored=stream.store())
    late = stream.push("telemetry", table([(1, 19, 100), (1, 25, 5)]), now=at(34))
    assert [(row.row, row.reason, row.bound) for row in late.left_out] == [(0, "late", at(20))]
    assert stream.read(table([(1, 34, 0)]), time_column="at").to_pydict() == {"flow_mean": [3.0], "flow_ever": [9.0]}
    stream.advance(at(36))
    assert stream.read(table([(1, 36, 0)]), time_column="at").to_pydict() == {"flow_mean": [3.5], "flow_ever": [14.0]}
    with pytest.raises(HeadraceError, match="values before 2024-01-01") as error:
        stream.read(table([(1, 3, 0)]), time_column="at")
    assert error.value.kind == "not found"
    assert rows_of([stream.finish()]) == [(1, at(25), 3.0, 6.0), (1, at(30), 3.0, 9.0), (1, at(35), 3.5, 14.0)]


def test_random_lives_with_and_without_restarts():
    """A stream that is stored and restored after any call does what one does that lives on."""
    kernel = Kernel(DEFINITIONS)
    for seed in range(60):
        chance = random.Random(seed)
        options = {
            "max_ahead": timedelta(minutes=chance.choice([5, 60])),
            "history": timedelta(minutes=chance.choice([0, 45])),
            "idle_after": chance.choice([None, timedelta(minutes=20)]),
        }
        one = other = kernel.stream(**options)
        other = kernel.stream(**options)
        clock = 0
        for _ in range(chance.randrange(1, 150)):
            clock += chance.choice([0, 1, 7])
            call = chance.random()
            if call < 0.6:
                rows = [(chance.randrange(3), clock + chance.randrange(-25, 12), chance.randrange(100)) for _ in range(chance.randrange(4))]
                lane = chance.randrange(2)
                assert one.push("telemetry", table(rows), now=at(clock), lane=lane) == other.push("telemetry", table(rows), now=at(clock), lane=lane)
            elif call < 0.7:
                for each in (one, other):
                    each.set_drained("telemetry", lane=0, now=at(clock))
            else:
                assert one.advance(at(clock)).to_pydict() == other.advance(at(clock)).to_pydict()
            if chance.random() < 0.3:
                other = kernel.stream(**options, restored=other.store())
            states = [(each.settled_to, each.earliest, each.watermark("telemetry"), each.unsettled_rows) for each in (one, other)]
            assert states[0] == states[1], (seed, clock)
            places = table([(pump, clock - back, 0) for pump in range(4) for back in (0, 30) if one.earliest is None or at(clock - back) >= one.earliest])
            assert one.read(places, time_column="at").to_pydict() == other.read(places, time_column="at").to_pydict()
        assert one.finish().to_pydict() == other.finish().to_pydict()


def test_stored_bytes_that_are_not_whole():
    kernel = Kernel(DEFINITIONS)
    stream = kernel.stream()
    stream.push("telemetry", table([(1, 0, 1), (1, 30, 3)]), now=at(30))
    stream.advance(at(30))
    stored = stream.store()
    for damaged in [b"", b"x" * 100, stored[:-1], stored + b"x", *(stored[:i] + bytes([stored[i] ^ 1]) + stored[i + 1 :] for i in range(0, len(stored), 7))]:
        with pytest.raises(HeadraceError, match="not a whole stored stream") as error:
            kernel.stream(restored=damaged)
        assert error.value.kind == "data" and "push the events again" in error.value.help
    with pytest.raises(HeadraceError, match="of other definitions"):
        Kernel(DEFINITIONS.replace("window: 1h", "window: 2h")).stream(restored=stored)
    assert rows_of([kernel.stream(restored=kernel.stream().store()).finish()]) == []


def test_wrong_calls():
    kernel = Kernel(DEFINITIONS)
    stream = kernel.stream()
    with pytest.raises(HeadraceError, match="no source `telemetri`") as error:
        stream.push("telemetri", table([]), now=0)
    assert "telemetry" in error.value.help
    with pytest.raises(HeadraceError, match="no column `flow`"):
        stream.push("telemetry", table([]).drop("flow"), now=0)
    stream.push("telemetry", table([(1, 0, 1)]), now=at(0))
    with pytest.raises(HeadraceError, match="pump_id"):
        stream.push("telemetry", table([(1, 0, 1)]).with_columns(pl.col("pump_id").cast(pl.String)), now=at(0))
    with pytest.raises(HeadraceError, match="is null"):
        stream.push("telemetry", table([(None, 0, 1)]), now=at(0))
    assert stream.push("telemetry", table([(None, 0, 1), (1, 1, 1)]), now=at(1), skip_bad_rows=True).bad_rows == 1
    with pytest.raises(HeadraceError, match="no features of an entity `motor`"):
        kernel.stream(entity="motor")


def test_threads_wait_for_each_other():
    kernel = Kernel(DEFINITIONS)
    stream = kernel.stream(allowed_lateness=timedelta(days=1))
    events = [table([(pump, minute, 1) for minute in range(100)]) for pump in range(16)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda rows: stream.push("telemetry", rows, now=at(99), lane=rows["pump_id"][0]), events))
    assert stream.read(table([(pump, 99, 0) for pump in range(16)]), time_column="at").to_pydict()["flow_ever"] == [100.0] * 16


def test_the_pumps():
    pumps = os.environ["HEADRACE_PUMPS"]
    kernel = Kernel.open(pumps)
    tables = {
        "pump_telemetry": pl.read_parquet(sorted(f"{folder}/{name}" for folder, _, names in os.walk(f"{pumps}/data/telemetry") for name in names)),
        "maintenance_log": pl.read_csv(f"{pumps}/data/maintenance.csv", try_parse_dates=True),
        "pump_house_air": pl.concat(pl.read_ndjson(each) for each in sorted(f"{pumps}/data/air/{name}" for name in os.listdir(f"{pumps}/data/air"))).sort("measured_at"),
    }
    stream, made = kernel.stream(allowed_lateness=timedelta(days=3)), []
    telemetry = tables.pop("pump_telemetry")
    for source, rows in tables.items():
        assert stream.push(source, rows, now=LATER).accepted == len(rows)
    for start in range(0, len(telemetry), 5000):
        stream.push("pump_telemetry", telemetry[start : start + 5000], now=LATER)
        made.append(stream.advance(LATER))
        if start % 20_000 == 0:
            stream = kernel.stream(allowed_lateness=timedelta(days=3), restored=stream.store())
    made.append(stream.finish())
    expected = kernel.backfill({"pump_telemetry": telemetry, **tables})
    assert rows_of(made) == rows_of([expected]) and len(expected) > 40_000


NEVER_LATE = 315_576_000_000_000_000  # ten thousand years, in microseconds
DECLARED = DEFINITIONS.replace("{flow: double}", "{pump_id: int64, flow: double}")


def micros(minute):
    return (at(minute) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def settled_by_hand(kernel, rows, settle_at):
    """A stream whose caller says what is final, with the rows that became so."""
    stream, finals = kernel.stream(allowed_lateness=NEVER_LATE), []
    for row in rows:
        assert stream.push_rows("telemetry", [[row[0], micros(row[1]), row[2]]]) == 0
        if row[1] in settle_at:
            finals += stream.settle_rows(micros(settle_at[row[1]]))
    return stream, finals


def test_who_settles_by_hand_gets_a_backfills_rows():
    kernel, chance = Kernel(DECLARED), random.Random(3)
    rows = [(1, minute, chance.gauss(0, 1e9)) for minute in [*range(0, 300, 7), *range(205, 300, 7)]]
    stream, finals = settled_by_hand(kernel, rows, {147: 100, 294: 200})
    assert stream.push_rows("telemetry", [[1, micros(199), 1.0]]) == 1  # late: nothing before 200 counts any more
    finals += stream.settle_rows(micros(1_000))
    whole = kernel.backfill({"telemetry": table(rows)}).to_pydict()
    assert [row[2:] for row in finals] == [list(values) for values in zip(whole["flow_mean"], whole["flow_ever"], strict=True)]
    assert finals[0][:2] == [1, micros(0)]


@pytest.mark.parametrize("kept_from", [0, 140, 201])
def test_partials_and_the_kept_events_are_the_whole_stream(kept_from):
    kernel, chance = Kernel(DECLARED), random.Random(4)
    rows = [(1, minute, chance.gauss(0, 1e9)) for minute in range(0, 300, 5)]
    whole, _ = settled_by_hand(kernel, rows, {295: 201})
    before, _ = settled_by_hand(kernel, [row for row in rows if row[1] <= 250], {250: 201})
    partials = before.store_for_ever()
    assert Stream.settled_to_of(partials) == micros(201)

    again, _ = settled_by_hand(kernel, [row for row in rows if kept_from <= row[1] < 201], {})
    again.settle_rows(micros(201))
    again.adopt(partials)
    again.push_rows("telemetry", [[row[0], micros(row[1]), row[2]] for row in rows if row[1] >= 201])
    same_mean = kept_from <= 141  # the hour before 201
    for minute in (201, 250, 300):
        expected, got = whole.read_row([1], micros(minute)), again.read_row([1], micros(minute))
        assert got[1] == expected[1] and (got[0] == expected[0] or (minute < 261 and not same_mean))
    assert again.settle_rows(micros(400))[-1] == whole.settle_rows(micros(400))[-1]
    assert kernel.stream(restored=again.store(), allowed_lateness=NEVER_LATE).read_row([1], micros(400)) == again.read_row([1], micros(400))


def test_partials_are_taken_where_they_fit_alone():
    kernel = Kernel(DECLARED)
    stream, _ = settled_by_hand(kernel, [(1, 0, 1.0), (1, 5, 2.0)], {5: 3})
    partials = stream.store_for_ever()
    with pytest.raises(HeadraceError, match="settled to their time"):
        kernel.stream(allowed_lateness=NEVER_LATE).adopt(partials)
    with pytest.raises(HeadraceError, match="not a whole stored stream"):
        stream.adopt(partials[:-1])
    other = Kernel(DECLARED.replace("aggregation: sum", "aggregation: max")).stream(allowed_lateness=NEVER_LATE)
    other.settle_rows(micros(3))
    with pytest.raises(HeadraceError, match="no states of this definition") as refused:
        other.adopt(partials)
    assert refused.value.kind == "conflict"


def test_an_event_that_was_taken_back_leaves_no_row():
    kernel = Kernel(DECLARED.replace("columns:", "id: number, deleted: gone, columns:"))
    stream = kernel.stream(allowed_lateness=NEVER_LATE)
    assert kernel.columns == {"telemetry": ["pump_id", "at", "number", "gone", "flow"]}
    stream.push_rows("telemetry", [[1, micros(0), "a", False, 1.0], [1, micros(0), "a", True, None]])
    assert stream.settle_rows(micros(1)) == []
    stream.push_rows("telemetry", [[1, micros(2), "b", None, 2.0], [1, micros(3), "c", True, 3.0]])
    assert stream.settle_rows(micros(9)) == [[1, micros(2), 2.0, 2.0]]


@pytest.mark.parametrize("row", [[1, 2], ["a", 0, 1.0], [1, 0, "x"], [True, 0, 1.0], [1, 1 << 70, 1.0], [1, 0, 1 << 1100]])
def test_rows_of_other_types_are_refused(row):
    with pytest.raises(ValueError):
        settled_by_hand(Kernel(DECLARED), [(1, 0, 1.0)], {})[0].push_rows("telemetry", [row])
