#!/usr/bin/env python3
"""What the sums of the results must be, computed once by DuckDB and kept beside the data.

    reference.py DATA

The program gives a row for each distinct (pump, time); the peers give one for each event. Both are here: `all` for the
peers, `distinct` for the program. Where several readings of a pump have one time, the latest is the last in the file;
peers may take any of them, so `all` holds bounds of it.
"""
import json
import sys
from pathlib import Path

from peers import FIVE, DuckDb, five, spine_union


def rolling(db):
    # A row is the last of its (pump, time) when the next one in the window's order has another time.
    inner = five(db).replace("SELECT pump_id, t,", "SELECT lead(t) OVER (PARTITION BY pump_id ORDER BY t) IS DISTINCT FROM t AS is_last,", 1)
    columns = ", ".join(f"sum({name}), sum({name}) FILTER (WHERE is_last)" for name in FIVE)
    row = db.row(f"SELECT {columns}, count(mean), count(mean) FILTER (WHERE is_last), count(*), sum(is_last::INT) FROM ({inner})")
    results = {}
    for which, offset in (("all", 0), ("distinct", 1)):
        sums = dict(zip(FIVE, row[offset:10:2], strict=True))
        results[which] = {"t1": sums, "t1m": {"mean": sums["mean"], "values": row[10 + offset]}, "rows": row[12 + offset]}
    return results


def latest(db):
    value = "output_flow_rate"
    events = f"""
      SELECT pump_id, event_time, arg_max({value}, file_row_number) AS last, min({value}) AS low, max({value}) AS high
      FROM read_parquet('{db.data}/events.parquet', file_row_number=true) WHERE {value} IS NOT NULL GROUP BY pump_id, event_time"""
    last, low, high, values = db.row(f"""
      SELECT sum(last), sum(low), sum(high), count(last) FROM {db.table('spine')} AS s
      ASOF LEFT JOIN ({events}) AS e ON s.pump_id = e.pump_id AND s.event_time >= e.event_time""")
    return {"all": {"latest": [low, high], "values": values}, "distinct": {"latest": last, "values": values}}


def compute(data, threads=2):
    db = DuckDb(data, threads)
    results = rolling(db)
    *_, means = spine_union(db)
    last = latest(db)
    for which, sums in results.items():
        sums |= {"t1w": sums["t1"], "t2": means, "t2b": last[which]}
    return results


def main():
    data = Path(sys.argv[1]).resolve()
    (data / "reference.json").write_text(json.dumps(compute(data), indent=1) + "\n")


if __name__ == "__main__":
    main()
