"""Raw values behind a feature: its source's columns, and its formula at each event where that is simple enough."""
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.dataset as ds

import store


@dataclass
class Panel:
    """One more chart: a source's column, a formula at each event, or another feature."""
    id: str
    label: str
    source: str = ""
    expression: object = None
    condition: object = None
    is_formula: bool = False

    def values(self, rows, events, columns, key):
        """Times and numbers for one entity."""
        if not self.source:
            return store.series(rows, self.id.removeprefix("feature "))
        table = store.rows_of(events[self.source], columns, key)
        times = store.micros(table["event_time"])
        numbers = np.broadcast_to(_evaluate(self.expression, table), times.shape).astype(float)
        if self.condition is not None:
            kept = np.broadcast_to(_evaluate(self.condition, table), times.shape).astype(float) == 1.0
            numbers = np.where(kept, numbers, np.nan)
        return times, numbers


def panels(plan, feature):
    """What to draw behind and below a feature."""
    finalizer = feature.get("finalizer")
    if not finalizer:
        drawable = {each["name"] for each in plan["features"] if each["type"] in ("double", "int64", "bool")}
        return [Panel(f"feature {name}", name) for name in feature["uses"] if name in drawable]
    state = next(state for state in plan["states"] if state["id"] == finalizer["state"])
    series = next(series for series in plan["series"] if series["id"] == state["series"])
    formulas, condition = series["formulas"], series.get("filter")
    types = {column["name"]: column["type"] for source in plan["sources"] if source["name"] == series["source"]
             for column in source["columns"]}
    names = [name for part in [*formulas, condition] for name in _columns(part)]
    found = [Panel(f"column {series['source']}.{name}", name, series["source"], {"column": name})
             for name in dict.fromkeys(names) if types[name] in ("double", "int64", "bool")]
    if condition is None and len(formulas) == 1 and "column" in formulas[0]:
        return [Panel(panel.id, panel.label, panel.source, panel.expression, None, True) for panel in found]
    if len(formulas) == 1 and _is_simple(formulas[0]) and (condition is None or _is_simple(condition)):
        found.append(Panel(f"formula {series['id']}", "formula", series["source"], formulas[0], condition, True))
    return found


def read(project, source, keys, wanted):
    """The events of the wanted entities: keys as text, event_time and all columns."""
    batch = source["batch"]
    path = project / batch["path"]
    partitioning = "hive" if path.is_dir() else None
    names = dict.fromkeys([*keys, source["event_time"], *(column["name"] for column in source["columns"])])
    table = ds.dataset(str(path), format=_format(batch["format"]), partitioning=partitioning).to_table(columns=list(names))
    for key in keys:
        table = table.set_column(table.column_names.index(key), key, table[key].cast(pa.string()))
    mask = pc.is_in(table[keys[0]], pa.array(sorted({key[0] for key in wanted}), pa.string()))
    table = table.filter(mask)
    return table.append_column("event_time", table[source["event_time"]]) if source["event_time"] != "event_time" else table


def _format(name):
    if name == "csv":
        convert = pa_csv.ConvertOptions(null_values=[""], strings_can_be_null=True)
        return ds.CsvFileFormat(convert_options=convert)
    return {"ndjson": "json", "parquet": "parquet"}[name]


def _columns(expression):
    if not isinstance(expression, dict):
        return []
    if "column" in expression:
        return [expression["column"]]
    return [name for part in expression.get("arguments", []) for name in _columns(part)]


def _divide(left, right):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(right == 0, np.nan, left / right)


def _choose(condition, then, otherwise):
    return np.where(condition == 1, then, otherwise)


OPERATIONS = {
    "+": np.add, "-": lambda *parts: -parts[0] if len(parts) == 1 else parts[0] - parts[1], "*": np.multiply,
    "/": _divide, "if": _choose, "==": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
    "and": lambda a, b: (a == 1) & (b == 1), "or": lambda a, b: (a == 1) | (b == 1), "not": lambda a: a == 0,
    "is null": lambda a: np.isnan(a.astype(float)),
}


def _is_simple(expression):
    if "column" in expression:
        return True
    if "literal" in expression:
        return True
    return expression.get("call") in OPERATIONS and all(map(_is_simple, expression["arguments"]))


def _evaluate(expression, table):
    """Numbers and truth values as arrays. Nulls are NaN; a comparison with one is false, which is enough for a picture."""
    if "column" in expression:
        column = table[expression["column"]]
        if pa.types.is_string(column.type) or pa.types.is_dictionary(column.type):
            return column.to_numpy(zero_copy_only=False)
        return store.as_numbers(column)
    if "literal" in expression:
        value = expression["literal"]
        return np.asarray(np.nan if value is None else value)
    return OPERATIONS[expression["call"]](*[_evaluate(part, table) for part in expression["arguments"]])
