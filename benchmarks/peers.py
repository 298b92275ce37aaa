#!/usr/bin/env python3
"""One measurement of one peer, in a process of its own; prints one line of JSON.

    peers.py DATA TASK ENGINE [THREADS]
    peers.py sums FOLDER COLUMN..        the sums of columns of the Parquet files below a folder

v = output_flow_rate / input_power_kw; the window is (t - 24 h, t]; nulls are skipped.

    t1    rolling mean, min, max, stddev (sample) and count of v for each pump at every event; the sum of each column
    t1w   the same, written as Parquet (pump_id, event_time and the five columns)
    t1m   the mean alone
    t2    the mean of v over the window at each observation
    t2b   the latest output_flow_rate that is not null as of each observation

Timed is from the call until the result is there: reading Parquet is in it, imports and connections are not.
Where an engine has several ways to say a task, each is here, and compare.py goes on with the fastest.
"""
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

DAY_MS = 86_400_000
QUERIES = {}


def query(task, engine):
    def register(function):
        QUERIES[task, engine] = function
        return function
    return register


# SQL. An engine is (how to read a file, milliseconds of event_time, the name of stddev, one row of a query).
class DuckDb:
    ms = "epoch_ms(event_time)"
    stddev = "stddev_samp"

    def __init__(self, data, threads):
        import duckdb
        self.version = duckdb.__version__
        self.data = data
        self.connection = duckdb.connect()
        self.connection.execute(f"SET threads={threads}; SET preserve_insertion_order=false")

    def table(self, name):
        return f"read_parquet('{self.data}/{name}.parquet')"

    def row(self, sql):
        return self.connection.execute(sql).fetchone()


class ChDb:
    ms = "toUnixTimestamp64Milli(assumeNotNull(event_time))"
    stddev = "stddevSamp"

    def __init__(self, data, threads):
        import chdb
        from chdb import session
        self.version = chdb.__version__
        self.data = data
        self.session = session.Session()
        self.settings = f" SETTINGS max_threads={threads}, join_use_nulls=1, max_memory_usage=17179869184"

    def table(self, name):
        return f"file('{self.data}/{name}.parquet', Parquet)"

    def row(self, sql):
        text = self.session.query(sql + self.settings, "JSONCompactEachRow").data().splitlines()[0]
        return tuple(None if value is None else float(value) for value in json.loads(text))


def window(columns="pump_id"):
    return f"(PARTITION BY {columns} ORDER BY t RANGE BETWEEN {DAY_MS - 1} PRECEDING AND CURRENT ROW)"


def values_of(db, columns="pump_id"):
    return f"(SELECT {columns}, {db.ms} AS t, output_flow_rate / input_power_kw AS v FROM {db.table('events')}) AS e"


def five(db):
    return (f"SELECT pump_id, t, avg(v) OVER w AS mean, min(v) OVER w AS min, max(v) OVER w AS max, "
            f"{db.stddev}(v) OVER w AS stddev, count(v) OVER w AS count FROM {values_of(db)} WINDOW w AS {window()}")


def named(names, row):
    return dict(zip(names, row, strict=True))


FIVE = ("mean", "min", "max", "stddev", "count")


@query("t1", "duckdb")
def duckdb_t1(data, threads):
    db = DuckDb(data, threads)
    yield db.version
    yield named(FIVE, db.row(f"SELECT {', '.join(f'sum({name})' for name in FIVE)} FROM ({five(db)})"))


@query("t1", "chdb")
def chdb_t1(data, threads):
    db = ChDb(data, threads)
    yield db.version
    sums = ", ".join(f"sum(if(isNaN({name}), 0, {name}))" for name in FIVE)
    yield named(FIVE, db.row(f"SELECT {sums} FROM ({five(db)})"))


@query("t1w", "duckdb")
def duckdb_t1w(data, threads):
    db = DuckDb(data, threads)
    yield db.version
    with tempfile.TemporaryDirectory(dir=data) as out:
        db.connection.execute(f"COPY ({five(db)}) TO '{out}/o.parquet' (FORMAT parquet, COMPRESSION snappy)")
        yield lambda: sums_of_files(out)


def mean_alone(db):
    yield db.version
    rolled = f"SELECT avg(v) OVER {window()} AS m FROM {values_of(db)}"
    yield named(("mean", "values"), db.row(f"SELECT sum(m), count(m) FROM ({rolled}) AS r"))


@query("t1m", "duckdb")
def duckdb_t1m(data, threads):
    yield from mean_alone(DuckDb(data, threads))


@query("t1m", "chdb")
def chdb_t1m(data, threads):
    yield from mean_alone(ChDb(data, threads))


def spine_union(db):
    """Observations as events without a value, in the same window."""
    yield db.version
    both = (f"SELECT CAST(NULL AS BIGINT) AS row_id, pump_id, t, v FROM {values_of(db)} UNION ALL "
            f"SELECT row_id, pump_id, {db.ms} AS t, CAST(NULL AS DOUBLE) AS v FROM {db.table('spine')}")
    rolled = f"SELECT row_id, avg(v) OVER {window()} AS m FROM ({both}) AS u"
    yield named(("mean", "values"), db.row(f"SELECT sum(m), count(m) FROM ({rolled}) AS r WHERE row_id IS NOT NULL"))


@query("t2", "duckdb union")
def duckdb_t2_union(data, threads):
    yield from spine_union(DuckDb(data, threads))


@query("t2", "duckdb prefix")
def duckdb_t2_prefix(data, threads):
    """Prefix sums and two joins: fewer steps, but the subtraction loses digits."""
    db = DuckDb(data, threads)
    yield db.version
    yield named(("mean", "values"), db.row(f"""
      WITH p AS MATERIALIZED (
        SELECT pump_id, t, sum(v) OVER w AS s, count(v) OVER w AS c FROM {values_of(db)}
        WINDOW w AS (PARTITION BY pump_id ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)),
      q AS (SELECT pump_id, {db.ms} AS t, {db.ms} - {DAY_MS} AS t0 FROM {db.table('spine')})
      SELECT sum(m), count(m) FROM (
        SELECT CASE WHEN b.c > coalesce(a.c, 0) THEN (b.s - coalesce(a.s, 0)) / (b.c - coalesce(a.c, 0)) END AS m
        FROM q ASOF LEFT JOIN p AS b ON q.pump_id = b.pump_id AND q.t >= b.t
               ASOF LEFT JOIN p AS a ON q.pump_id = a.pump_id AND q.t0 >= a.t)"""))


@query("t2b", "duckdb")
def duckdb_t2b(data, threads):
    db = DuckDb(data, threads)
    yield db.version
    yield named(("latest", "values"), db.row(f"""
      SELECT sum(e.output_flow_rate), count(e.output_flow_rate) FROM {db.table('spine')} AS s
      ASOF LEFT JOIN (SELECT * FROM {db.table('events')} WHERE output_flow_rate IS NOT NULL) AS e
      ON s.pump_id = e.pump_id AND s.event_time >= e.event_time"""))


@query("t2b", "chdb")
def chdb_t2b(data, threads):
    db = ChDb(data, threads)
    yield db.version
    side = f"SELECT assumeNotNull(pump_id) AS p, {db.ms} AS t"
    yield named(("latest", "values"), db.row(f"""
      SELECT sum(e.output_flow_rate), count(e.output_flow_rate) FROM ({side} FROM {db.table('spine')}) AS s
      ASOF LEFT JOIN ({side}, output_flow_rate FROM {db.table('events')} WHERE output_flow_rate IS NOT NULL) AS e
      ON s.p = e.p AND s.t >= e.t"""))


# Polars.
def polars_events(data):
    import polars as pl
    value = pl.col("output_flow_rate") / pl.col("input_power_kw")
    return pl.scan_parquet(f"{data}/events.parquet").select("pump_id", "event_time", v=value)


def rolled(name):
    """A rolling expression of v over each pump."""
    import polars as pl
    day = {"by": "event_time", "window_size": "24h", "closed": "right"}
    if name == "count":
        return pl.col("v").is_not_null().cast(pl.Int64).rolling_sum_by(**day).over("pump_id").alias(name)
    method = {"stddev": "std"}.get(name, name)
    return getattr(pl.col("v"), f"rolling_{method}_by")(**day).over("pump_id").alias(name)


@query("t1", "polars over")
def polars_t1_over(data, threads):
    import polars as pl
    yield pl.__version__
    frame = polars_events(data).select(*[rolled(name) for name in FIVE])
    yield named(FIVE, frame.select(pl.col(FIVE).sum()).collect().row(0))


@query("t1w", "polars over")
def polars_t1w(data, threads):
    import polars as pl
    yield pl.__version__
    with tempfile.TemporaryDirectory(dir=data) as out:
        frame = polars_events(data).select("pump_id", "event_time", *[rolled(name) for name in FIVE])
        frame.collect().write_parquet(f"{out}/o.parquet", compression="snappy")
        yield lambda: sums_of_files(out)


@query("t1m", "polars over")
def polars_t1m(data, threads):
    import polars as pl
    yield pl.__version__
    mean = pl.col("mean")
    yield named(("mean", "values"), polars_events(data).select(rolled("mean")).select(mean.sum(), c=mean.count()).collect().row(0))


@query("t2", "polars union")
def polars_t2_union(data, threads):
    import polars as pl
    yield pl.__version__
    spine = pl.scan_parquet(f"{data}/spine.parquet").select("pump_id", "event_time", v=pl.lit(None, pl.Float64), is_row=True)
    both = pl.concat([polars_events(data).with_columns(is_row=False), spine]).sort("event_time", maintain_order=True)
    mean = pl.col("mean")
    rows = both.select("is_row", rolled("mean")).filter("is_row")
    yield named(("mean", "values"), rows.select(mean.sum(), c=mean.count()).collect().row(0))


@query("t2", "polars prefix")
def polars_t2_prefix(data, threads):
    """Prefix sums and two joins: the subtraction loses digits."""
    import polars as pl
    yield pl.__version__
    v, on = pl.col("v"), {"by": "pump_id", "check_sortedness": False}
    prefix = polars_events(data).select("pump_id", "event_time", s=v.fill_null(0).cum_sum().over("pump_id"),
                                        c=v.is_not_null().cast(pl.Int64).cum_sum().over("pump_id"))
    spine = pl.scan_parquet(f"{data}/spine.parquet").sort("event_time")
    spine = spine.join_asof(prefix, on="event_time", **on).with_columns(t0=pl.col("event_time") - pl.duration(hours=24))
    spine = spine.join_asof(prefix, left_on="t0", right_on="event_time", suffix="0", **on)
    n = pl.col("c") - pl.col("c0").fill_null(0)
    mean = pl.when(n > 0).then((pl.col("s") - pl.col("s0").fill_null(0)) / n).alias("mean")
    yield named(("mean", "values"), spine.select(mean).select(pl.col("mean").sum(), c=pl.col("mean").count()).collect().row(0))


@query("t2b", "polars")
def polars_t2b(data, threads):
    import polars as pl
    yield pl.__version__
    events = pl.scan_parquet(f"{data}/events.parquet").select("pump_id", "event_time", "output_flow_rate").drop_nulls()
    spine = pl.scan_parquet(f"{data}/spine.parquet").sort("event_time")
    joined = spine.join_asof(events, on="event_time", by="pump_id", check_sortedness=False)
    latest = pl.col("output_flow_rate")
    yield named(("latest", "values"), joined.select(latest.sum(), c=latest.count()).collect().row(0))


def sums_of_files(folder, columns=FIVE):
    """The sum of each column over the Parquet files below a folder."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq
    totals = dict.fromkeys(columns, 0.0)
    for path in sorted(Path(folder).rglob("*.parquet")):
        file = pq.ParquetFile(path)
        for batch in file.iter_batches(batch_size=1 << 18, columns=list(columns)):
            for column in columns:
                totals[column] += pc.sum(batch[column]).as_py() or 0
    return totals


def measure(data, task, engine, threads):
    steps = QUERIES[task, engine](data, threads)
    version = next(steps)
    cpu, start = time.process_time(), time.perf_counter()
    result = next(steps)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sums = result() if callable(result) else result
    steps.close()
    return {"version": version, "seconds": seconds, "cpu": cpu, "peak_mb": peak, "sums": sums}


def main():
    if sys.argv[1] == "sums":
        print(json.dumps(sums_of_files(sys.argv[2], sys.argv[3:])))
        return
    data, task, engine, *threads = sys.argv[1:]
    print(json.dumps(measure(Path(data).resolve(), task, engine, int(threads[0]) if threads else 2)), flush=True)
    os._exit(0)  # some engines take long to end


if __name__ == "__main__":
    main()
