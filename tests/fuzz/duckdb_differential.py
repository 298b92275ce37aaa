#!/usr/bin/env python3
"""Larger random Parquet tables: `backfill` and `dataset` against DuckDB SQL, for what SQL can say.

    duckdb_differential.py --seed 7 --count 3 --binary build/headrace [--keep DIR] [--seconds S]

Rolling count, sum, mean, min, max and standard deviation with each kind of edge, and the latest value as of an
observation. Doubles agree within 1e-12, relative to the larger of the value and the scale of its input; everything else
is equal. Round i has the seed SEED + i. Exit code 1 when a round failed.
"""
import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

TOLERANCE = 1e-12
US = {"10m": 600 * 10**6, "1h": 3600 * 10**6, "24h": 86400 * 10**6, "7d": 7 * 86400 * 10**6}
# The first and the last microsecond of a window, before t; SQL's RANGE includes both.
EDGES = {"right": (1, 0), "left": (0, 1), "both": (0, 0), "neither": (1, 1)}
# fsum and favg are DuckDB's sums with compensation: the plain ones lose digits.
SQL = {"count": "count({c})", "sum": "fsum({c})", "mean": "favg({c})", "min": "min({c})", "max": "max({c})", "stddev": "stddev_samp({c})"}
START = 1_700_000_000 * 10**6


class Round:
    def __init__(self, seed, folder, binary):
        self.random, self.numbers = random.Random(seed), np.random.default_rng(seed)
        self.folder, self.binary = folder, binary
        self.features = self.make_features()
        identity = random.Random(f"identity of {seed}")
        self.identity = identity.choice(["", "id: id", "id: id, duplicates: first", "id: id, deleted: gone"])

    def make_features(self):
        out = []
        for i in range(self.random.randrange(4, 12)):
            aggregation, column = self.random.choice(list(SQL)), self.random.choice(["x", "y", "n"])
            if aggregation in ("sum", "mean", "stddev") and column == "n":
                column = "x"  # of int64, DuckDB's are other types
            size, closed = self.random.choice(list(US)), self.random.choice(["right", "right", *EDGES])
            out.append({"name": f"f{i}_{aggregation}", "aggregation": aggregation, "column": column, "size": size, "closed": closed})
        return out

    def write_inputs(self):
        """Files of events in the order of the table `e`, whose column `seq` is the order of arrival; observations `o`."""
        rows, keys = self.random.randrange(2_000, 40_000), self.random.choice([1, 20, 500])
        step = self.random.choice([1, 10**6, 60 * 10**6])  # coarse times give ties
        times = START + self.numbers.integers(0, 10 * 86400 * 10**6, rows) // step * step
        if self.random.random() < 0.5:
            times.sort()
        self.events = self.table(rows, keys, times).append_column("seq", pa.array(np.arange(rows)))
        data = self.folder / "data" / "events"
        data.mkdir(parents=True)
        unit, pieces = self.random.choice(["us", "us", "ns", "ms" if step >= 1000 else "us"]), self.random.choice([1, 1, 3])
        for i in range(pieces):
            piece = self.events.slice(rows * i // pieces, rows * (i + 1) // pieces - rows * i // pieces).drop_columns(["seq"])
            piece = piece.set_column(1, "event_time", piece["event_time"].cast(pa.timestamp(unit, tz="UTC")))
            pq.write_table(piece, data / f"part-{i}.parquet", row_group_size=self.random.choice([500, 5_000, 100_000]), compression=self.random.choice(["snappy", "zstd", "none"]))
        asked = self.random.randrange(1, 4_000)
        self.observations = pa.table(
            {
                "label": pa.array(self.numbers.integers(0, 2, asked)),
                "k": self.keys(asked, keys + 3),
                "event_time": pa.array(START + self.numbers.integers(-86400 * 10**6, 12 * 86400 * 10**6, asked) // step * step, pa.timestamp("us", tz="UTC")),
            }
        )
        pq.write_table(self.observations, self.folder / "observations.parquet")

    def keys(self, rows, count):
        return pa.array([f"key {i}" for i in self.numbers.integers(0, count, rows)]) if self.text_keys else pa.array(self.numbers.integers(0, count, rows))

    def table(self, rows, keys, times):
        self.text_keys = self.random.random() < 0.5
        nulls = self.numbers.random((3, rows)) < self.random.choice([0.0, 0.02, 0.5])
        return pa.table(
            {
                "k": self.keys(rows, keys),
                "event_time": pa.array(times, pa.timestamp("us", tz="UTC")),
                "x": pa.array(self.numbers.uniform(1, 100, rows), mask=nulls[0]),
                "y": pa.array(np.round(self.numbers.normal(0, 1000, rows), 2), mask=nulls[1]),
                "n": pa.array(self.numbers.integers(-50, 50, rows), mask=nulls[2]),
            }
            | self.identity_columns(rows)
        )

    def identity_columns(self, rows):
        """Ids, few enough for rows of one time to share them, and whether a row takes an event back."""
        if not self.identity:
            return {}
        numbers = np.random.default_rng(rows)
        ids = numbers.integers(0, 3, rows)
        return {"id": pa.array(ids, mask=numbers.random(rows) < 0.1), "gone": pa.array(numbers.random(rows) < 0.1)}

    def counting_events(self):
        """SQL: the rows that count."""
        if not self.identity:
            return "select * from events_table"
        order = "asc" if "first" in self.identity else "desc"
        gone = "and not gone" if "deleted" in self.identity else ""
        rank = f"case when id is null then 1 else row_number() over (partition by k, event_time, id order by seq {order}) end"
        return f"select * from (select *, {rank} as rank from events_table) where rank = 1 {gone}"

    def write_project(self):
        (self.folder / "features").mkdir()
        (self.folder / "project.yaml").write_text("project: {name: against-sql}\n")
        documents = [
            "entity: {name: thing, key: k}",
            "source: {name: events, entity: thing, event_time: event_time, columns: {x: double, y: double, n: int64}, batch: {format: parquet, path: data/events}"
            + (f", {self.identity}" if self.identity else "") + "}",
            "feature: {name: latest, description: d, owner: t, version: '1.0', source_features: [x]}",
        ]
        documents += [
            f"feature: {{name: {f['name']}, description: d, owner: t, version: '1.0', aggregation: {f['aggregation']}, "
            f"window: {{size: {f['size']}, closed: {f['closed']}}}, source_features: [{f['column']}]}}"
            for f in self.features
        ]
        (self.folder / "features" / "all.yaml").write_text("\n---\n".join(documents) + "\n")

    def run_program(self, *arguments):
        command = [str(self.binary), *arguments, "--project", str(self.folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr[-3000:]}")

    def check_dataset(self, database):
        output = self.folder / "train.parquet"
        self.run_program("dataset", "--observations", str(self.folder / "observations.parquet"), "--output", str(output), "--time-column", "event_time")
        got = pq.read_table(output)
        assert got.select(self.observations.column_names).equals(self.observations), "the observations came back changed"
        columns = []
        for f in self.features:
            low, high = EDGES[f["closed"]]
            inside = f"e.t >= o.t - {US[f['size']] - low} and e.t <= o.t - {high}"
            columns.append(f"(select {SQL[f['aggregation']].format(c='e.' + f['column'])} from e where e.k = o.k and {inside}) as {f['name']}")
        columns.append("(select arg_max(x, (t, seq)) from e where e.k = o.k and e.t <= o.t and x is not null) as latest")
        want = database.sql(f"select {', '.join(columns)} from o order by i").to_arrow_table()
        self.compare(got, want, "dataset")
        joined = database.sql(
            "select x as latest from o asof left join (select k, t, arg_max(x, seq) as x from e where x is not null group by k, t) as e on o.k = e.k and o.t >= e.t order by i"
        ).to_arrow_table()
        self.compare(got, joined, "dataset, by ASOF JOIN", only=["latest"])

    def check_backfill(self, database):
        output = self.folder / "offline"
        self.run_program("backfill", "--output", str(output))
        got = pq.read_table(output / "thing", partitioning=None).sort_by([("event_time", "ascending"), ("k", "ascending")])
        columns = [
            f"{SQL[f['aggregation']].format(c=f['column'])} over (partition by k order by t range between {US[f['size']] - EDGES[f['closed']][0]} preceding and {EDGES[f['closed']][1]} preceding) as {f['name']}"
            for f in self.features
        ]
        want = database.sql(f"select distinct on (k, t) k, t, {', '.join(columns)} from e order by t, k").to_arrow_table()
        same = got["event_time"].cast(pa.int64()).equals(want["t"]) and got["k"].cast(want.schema.field("k").type).equals(want["k"])
        assert same, f"backfill: {got.num_rows} rows are not the {want.num_rows} distinct (key, time)"
        self.compare(got, want, "backfill")

    def compare(self, got, want, what, only=None):
        assert got.num_rows == want.num_rows, f"{what}: {got.num_rows} rows, SQL has {want.num_rows}"
        scale = {c: float(np.nanmax(np.abs(self.events[c].to_numpy()), initial=1.0)) for c in ("x", "y", "n")}
        for f in [*self.features, {"name": "latest", "aggregation": "last", "column": "x"}]:
            name = f["name"]
            if name not in want.column_names or only and name not in only:
                continue
            left, right = got[name].combine_chunks(), want[name].combine_chunks()
            a, b = left.to_numpy(zero_copy_only=False).astype(float), right.to_numpy(zero_copy_only=False).astype(float)
            if f["aggregation"] in ("mean", "sum", "stddev"):
                near = np.abs(a - b) <= TOLERANCE * np.maximum(np.abs(b), scale[f["column"]] if f["aggregation"] != "mean" else np.abs(b) + scale[f["column"]])
            else:
                near = a == b
            wrong = np.flatnonzero(~(near | np.isnan(a) & np.isnan(b)))
            assert len(wrong) == 0, f"{what}: {f}: {len(wrong)} of {len(a)} rows differ, first row {wrong[0]}: {a[wrong[0]]!r}, SQL {b[wrong[0]]!r}"

    def run(self):
        self.write_inputs()
        self.write_project()
        database = duckdb.connect()
        database.sql("set threads = 2")
        database.register("events_table", self.events)
        database.register("observations_table", self.observations.append_column("i", pa.array(np.arange(self.observations.num_rows))))
        database.sql(f"create table e as select k, epoch_us(event_time) as t, x, y, n, seq from ({self.counting_events()})")
        database.sql("create table o as select k, epoch_us(event_time) as t, i from observations_table")
        self.check_dataset(database)
        self.check_backfill(database)


def main(args):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=3)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--binary", type=Path, default=Path("build/headrace"))
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args(args)
    start, seed, failed = time.monotonic(), options.seed, 0
    while time.monotonic() - start < options.seconds if options.seconds else seed < options.seed + options.count:
        folder = Path(tempfile.mkdtemp(prefix=f"seed-{seed}-", dir=options.keep))
        try:
            Round(seed, folder, options.binary.resolve()).run()
            shutil.rmtree(folder)
        except AssertionError as error:
            failed += 1
            print(f"seed {seed} failed: {error}\n  inputs: {folder}\n  replay: duckdb_differential.py --seed {seed} --count 1 --binary {options.binary}")
        seed += 1
    print(f"duckdb_differential: {seed - options.seed} rounds, {failed} failed in {time.monotonic() - start:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
