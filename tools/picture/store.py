"""Reading an offline store: the tables that its manifest lists, and the rows of one entity."""
import json
import sys

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds


class Store:
    def __init__(self, folder, manifest):
        self._folder = folder
        self._entities = {entity["name"]: entity for entity in manifest["entities"]}
        self.features = {feature["name"] for entity in manifest["entities"] for feature in entity["features"]}

    @classmethod
    def open(cls, folder):
        path = folder / "manifest.json"
        if not path.exists():
            sys.exit(f"make_picture.py: {path} is not there: run `headrace backfill --output {folder}` first")
        return cls(folder, json.loads(path.read_text()))

    def read(self, entity, keys, features):
        """Keys as text, event_time, and the features of all rows."""
        described = self._entities[entity]
        files = [str(self._folder / each["file"]) for each in described["partitions"]]
        table = ds.dataset(files, format=described["format"]).to_table(columns=[*keys, "event_time", *features])
        for key in keys:
            table = table.set_column(table.column_names.index(key), key, table[key].cast(pa.string()))
        return table


def wanted_keys(texts, columns):
    """`--key carrier=AA,origin=JFK` as tuples in the order of the columns; those of other entities are left out."""
    pairs = [dict(part.split("=", 1) for part in text.split(",")) for text in texts]
    return [tuple(pair[column] for column in columns) for pair in pairs if set(pair) == set(columns)]


def interesting_keys(table, columns, limits, count, wanted):
    """The wanted entities, then those that leave their limits most often, and quiet ones with much data in between."""
    bad = np.zeros(len(table), dtype=bool)
    for name, (low, high) in limits.items():
        values = as_numbers(table[name])
        with np.errstate(invalid="ignore"):
            bad |= (values < low) if low is not None else False
            bad |= (values > high) if high is not None else False
    counted = table.select(columns).append_column("bad", pa.array(bad.astype(np.int64)))
    rows = counted.group_by(columns).aggregate([("bad", "sum"), ("bad", "count")]).to_pylist()
    there = {tuple(row[column] for column in columns) for row in rows}
    if missing := [key for key in wanted if key not in there]:
        sys.exit(f"make_picture.py: no rows of {', '.join(' '.join(key) for key in missing)} in the store")
    loud = sorted((row for row in rows if row["bad_sum"]), key=lambda row: -row["bad_sum"])
    quiet = sorted((row for row in rows if not row["bad_sum"]), key=lambda row: -row["bad_count"])
    loud_count = min(len(loud), max(count - len(quiet), (count + 1) // 2))
    chosen = loud[:loud_count] + quiet[: count - loud_count]
    keys = [tuple(row[column] for column in columns) for row in chosen]
    return wanted + [key for key in keys if key not in wanted][: max(0, count - len(wanted))]


def rows_of(table, columns, key):
    mask = pc.equal(table[columns[0]], key[0])
    for column, value in zip(columns[1:], key[1:]):
        mask = pc.and_(mask, pc.equal(table[column], value))
    return table.filter(mask).sort_by("event_time")


def series(rows, name):
    return micros(rows["event_time"]), as_numbers(rows[name])


def micros(column):
    """Times as microseconds since the epoch, whatever unit or text they come in."""
    if pa.types.is_string(column.type):
        column = pc.cast(column, pa.timestamp("us", tz="UTC"))
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
    return column.cast(pa.int64()).to_numpy()


def as_numbers(column):
    """Doubles with NaN for null."""
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    return column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
