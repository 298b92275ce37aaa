#!/usr/bin/env python3
"""Makes the telemetry of two thousand pumps for two weeks, the same bytes for the same arguments.

    generate.py [--pumps N] [--days N] [--output DIR]

Writes data/telemetry/day=YYYY-MM-DD/part-0.parquet under DIR (default: the folder of this file): a reading of each pump
every half hour. Flow meters of three pumps in a hundred came from another maker and count US gallons a minute instead of
cubic metres an hour; the column `flow_unit` says which.
"""
import argparse
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

START = int(np.datetime64("2024-03-01T00:00:00", "us").astype(np.int64))
MINUTE = 60_000_000
DAY = 24 * 60 * MINUTE
GALLONS_A_MINUTE = 4.402867539  # of one cubic metre an hour: 1 m3 is 264.172052 US gallons


def pumps_of(count, rng):
    """Each pump's name, best efficiency, rated power and unit of flow."""
    names = np.array([f"p{number:04d}" for number in range(1, count + 1)])
    units = np.where(rng.permutation(count) < max(1, round(count * 0.03)), "gpm", "m3/h")
    return names, rng.uniform(0.62, 0.88, count), rng.uniform(20, 90, count), units


def readings_of(day, pumps, rng):
    """One day of all pumps, in order of time."""
    names, efficiency, rated, units = pumps
    slots = np.arange(48)
    count = len(names) * len(slots)
    pump = np.tile(np.arange(len(names)), len(slots))
    time = START + day * DAY + np.repeat(slots, len(names)) * 30 * MINUTE + rng.integers(0, 20 * MINUTE, count)
    hour = (np.repeat(slots, len(names)) / 2 + rng.uniform(0, 0.5, count)) % 24
    running = rng.random(count) > 0.12
    load = np.clip(0.7 + 0.2 * np.sin((hour - 9) / 24 * 2 * np.pi) + rng.normal(0, 0.06, count), 0.2, 1.1)
    power = np.where(running, rated[pump] * load, 0.0)
    head = 3.6 + rng.normal(0, 0.05, count)  # so that flow in m3/h times head is about the hydraulic power in tenths of kW
    flow = np.where(running, power * efficiency[pump] * (1 + rng.normal(0, 0.01, count)) * 10 / head, 0.0)
    flow = np.where(units[pump] == "gpm", flow * GALLONS_A_MINUTE, flow)
    order = np.argsort(time, kind="stable")
    return pa.table(
        {
            "event_time": pa.array(time[order], pa.timestamp("us", tz="UTC")),
            "pump_id": pa.array(names[pump[order]]),
            "flow": pa.array(np.round(flow[order], 3), mask=rng.random(count) < 0.01),
            "flow_unit": pa.array(units[pump[order]]),
            "input_power_kw": pa.array(np.round(power[order], 3)),
            "bearing_temperature_c": pa.array(np.round(38 + 22 * load + rng.normal(0, 1.5, count), 1)[order]),
        }
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pumps", type=int, default=2_000)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--output", type=Path, default=Path(__file__).resolve().parent)
    args = parser.parse_args()

    folder = args.output / "data" / "telemetry"
    shutil.rmtree(folder, ignore_errors=True)
    rng = np.random.default_rng(2024)
    pumps = pumps_of(args.pumps, rng)
    rows = 0
    for day in range(args.days):
        date = np.datetime64("2024-03-01") + day
        path = folder / f"day={date}" / "part-0.parquet"
        path.parent.mkdir(parents=True)
        table = readings_of(day, pumps, rng)
        pq.write_table(table, path)
        rows += table.num_rows
    print(f"{rows:,} readings of {args.pumps:,} pumps over {args.days} days in {folder}")


if __name__ == "__main__":
    main()
