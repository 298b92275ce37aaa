#!/usr/bin/env python3
"""Makes the benchmark's data: a log of events and the observations of a training set.

    events.parquet  pump_id int32, event_time timestamp[ms], output_flow_rate double, input_power_kw double;
                    in time order over the whole file, as a log grows; 2 % nulls in each double
    spine.parquet   row_id int64, pump_id int32, event_time timestamp[ms]; in random order
    *.i32 .i64 .f64 the same columns as flat arrays for limit.cc, null as NaN (without --copies)

A few pumps send much and most send little (Zipf). The same arguments give the same values.
With --copies N the log is N times as long: the same days again and again, each time later, written in a stream.
"""
import argparse
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

START_MS = 1_735_689_600_000  # 2025-01-01T00:00:00Z
DAY_MS = 86_400_000
ROW_GROUP = 500_000
PARQUET = {"compression": "snappy", "use_dictionary": ["pump_id"]}


class Pumps:
    """Draws pumps by popularity; the labels of popular pumps are spread over the range."""

    def __init__(self, rng, number, skew):
        weights = 1.0 / np.arange(1, number + 1, dtype=np.float64) ** skew
        self.edges = np.cumsum(weights / weights.sum())
        self.labels = rng.permutation(number).astype(np.int32)

    def draw(self, rng, rows):
        rank = np.searchsorted(self.edges, rng.random(rows) * self.edges[-1], side="right")
        return self.labels[np.minimum(rank, len(self.labels) - 1)]


def event_arrays(rng, pumps, rows, days):
    time = np.sort(rng.integers(0, days * DAY_MS, rows, dtype=np.int64)) + START_MS
    pump = pumps.draw(rng, rows)
    base = rng.uniform(50.0, 500.0, len(pumps.labels))
    daily = 1.0 + 0.1 * np.sin(time * (2 * np.pi / DAY_MS))
    flow = base[pump] * daily + rng.normal(0.0, 5.0, rows)
    power = np.maximum(base[pump] * 0.12 + rng.normal(0.0, 2.0, rows), 0.5)
    return pump, time, flow, power


def event_table(pump, time, flow, power):
    return pa.table({
        "pump_id": pa.array(pump, pa.int32()),
        "event_time": pa.array(time, pa.timestamp("ms")),
        "output_flow_rate": pa.array(flow, pa.float64(), from_pandas=True),
        "input_power_kw": pa.array(power, pa.float64(), from_pandas=True),
    })


def make(out, events, observations, pumps, days, seed=20240229, skew=0.8, nulls=0.02):
    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    population = Pumps(rng, pumps, skew)
    pump, time, flow, power = event_arrays(rng, population, events, days)
    flow[rng.random(events) < nulls] = np.nan
    power[rng.random(events) < nulls] = np.nan
    pq.write_table(event_table(pump, time, flow, power), out / "events.parquet", row_group_size=ROW_GROUP, **PARQUET)

    spine_pump = population.draw(rng, observations)
    spine_time = rng.integers(DAY_MS, days * DAY_MS, observations, dtype=np.int64) + START_MS
    spine = pa.table({
        "row_id": pa.array(np.arange(observations, dtype=np.int64)),
        "pump_id": pa.array(spine_pump, pa.int32()),
        "event_time": pa.array(spine_time, pa.timestamp("ms")),
    })
    pq.write_table(spine, out / "spine.parquet", row_group_size=ROW_GROUP, **PARQUET)
    flat = {"events.pump.i32": pump, "events.time.i64": time, "events.flow.f64": flow, "events.power.f64": power,
            "spine.pump.i32": spine_pump, "spine.time.i64": spine_time}
    for name, column in flat.items():
        column.tofile(out / name)


def repeat(source, out, copies, days):
    """The log of `source`, `copies` times one after the other, a row group in memory at a time."""
    out.mkdir(parents=True, exist_ok=True)
    log = pq.ParquetFile(source / "events.parquet")
    with pq.ParquetWriter(out / "events.parquet", log.schema_arrow, **PARQUET) as writer:
        for copy in range(copies):
            shift = pa.scalar(copy * days * DAY_MS, pa.duration("ms"))
            for group in range(log.num_row_groups):
                table = log.read_row_group(group)
                at = table.column_names.index("event_time")
                writer.write_table(table.set_column(at, "event_time", pc.add(table["event_time"], shift)))
    shutil.copy(source / "spine.parquet", out / "spine.parquet")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--observations", type=int, default=1_000_000)
    parser.add_argument("--pumps", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--copies", type=int, help="with --of: make a longer log of one that is there")
    parser.add_argument("--of", type=Path)
    args = parser.parse_args()
    if args.copies:
        repeat(args.of, args.out, args.copies, args.days)
    else:
        make(args.out, args.events, args.observations, args.pumps, args.days)


if __name__ == "__main__":
    main()
