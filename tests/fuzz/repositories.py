"""Random feature repositories with events and questions, as a dictionary in the form of a case file.

The order of rows is the order of arrival. Only what the oracle judges is made: no checks, no versions, no approximate
aggregations; ewma is not used by other features, because it is compared with a tolerance.
"""
import re

import events
from events import DAY, HOUR, SECOND
from formulas import SCALARS, FormulaMaker

NUMERIC = "sum mean variance variance_pop stddev stddev_pop skewness kurtosis range median percentile p50 p95 p99 delta rate histogram time_weighted_mean ewma".split()
ANY_TYPE = "count count_distinct mode top_k first last first_k last_k".split()
PAIRS = ["covariance", "correlation"]
SAME_TYPE = {"sum", "min", "max", "range", "first", "last", "mode", "delta"}
LISTS = {"first_k", "last_k", "top_k", "histogram"}
SIZES = ["1s", "500ms", "10m", "30m", "1h", "2h", "6h", "24h", "1d", "7d", "1w"]
NAME = re.compile(r"`[^`]+`|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?")
QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
UNITS_US = {"ms": 1000, "s": SECOND, "m": 60 * SECOND, "h": HOUR, "d": DAY, "w": 7 * DAY}


def microseconds(duration):
    digits = duration.rstrip("smhdw")
    return int(digits) * UNITS_US[duration[len(digits):]]


class RepositoryMaker:
    def __init__(self, random):
        self.random = random
        self.start = events.start_of(random)
        self.entities, self.sources, self.rows, self.features = [], [], {}, []
        self.known = []  # of each feature: {name, type, entity, source, level}; type None: cannot be used by others
        self.edges = {1, HOUR}  # lengths of windows, to ask just there
        self.defaults = None

    def pick(self, items):
        return items[self.random.randrange(len(items))]

    def chance(self, p):
        return self.random.random() < p

    def case(self):
        for i in range(self.pick([1, 1, 1, 2])):
            self.add_entity(i)
        for i in range(self.pick([1, 1, 2, 3])):
            self.add_source(i)
        if self.chance(0.3):
            self.defaults = self.pick(self.sources)["name"]
        for i in range(self.random.randrange(1, 9)):
            self.add_feature(f"f{i}")
        documents = [{"project": {"name": "fuzz", **({"defaults": {"source": self.defaults}} if self.defaults else {})}}]
        documents += [{"entity": e["definition"]} for e in self.entities] + [{"source": s["definition"]} for s in self.sources]
        if self.chance(0.2):
            self.random.shuffle(documents)
        rest = [{"feature": f} for f in self.features]
        if self.chance(0.2):
            self.random.shuffle(rest)
        asks = self.questions()
        for source in self.sources:
            if self.rows[source["name"]] and self.chance(0.35):
                self.add_identity(source)
        return {"repository": documents + rest, "events": self.rows, "ask": asks}

    def add_entity(self, i):
        forms = [["string"], ["int64"], ["string", "int64"], ["bool", "string"]]
        kinds = self.pick(forms)
        keys = [f"k{i}{c}" for c, _ in zip("ab", kinds)]
        ids = [self.key_values(kinds) for _ in range(self.random.randrange(1, 5))]
        definition = {"name": f"entity{i}", "key": keys[0] if len(keys) == 1 else keys}
        self.entities.append({"name": f"entity{i}", "keys": keys, "ids": ids, "unseen": self.key_values(kinds), "definition": definition})

    def key_values(self, kinds):
        return [
            {"string": lambda: self.pick(["a", "b", "p7", "", "é", "long key " * 4]), "int64": lambda: self.pick([0, 1, -5, 7, 2**63 - 1]), "bool": lambda: self.chance(0.5)}[k]()
            for k in kinds
        ]

    def add_source(self, i):
        entity = self.pick(self.entities)
        name = f"s{i}"
        columns = {}
        for c in range(self.random.randrange(1, 7)):
            kind = self.pick(["double", "int64", *(["double", "string", "bool", "timestamp"] if c else [])])
            columns["shared" if self.chance(0.08) else f"{name}c{c}" if self.chance(0.9) else f"Odd {name} {c}"] = kind
        definition = {"name": name, "entity": entity["name"], "event_time": "at", "columns": columns}
        unit = self.pick([None, None, None, "s", "ms", "us"])
        if unit:
            definition["unit"] = unit
        if self.chance(0.3):
            definition["allowed_lateness"] = self.pick(["0s", "10m", "1d"]) if self.chance(0.5) else "1h"
            if definition["allowed_lateness"] == "0s":
                del definition["allowed_lateness"]
        source = {"name": name, "entity": entity, "columns": columns, "definition": definition, "unit": unit}
        self.sources.append(source)
        self.rows[name] = self.make_rows(source)

    def make_rows(self, source):
        if self.chance(0.03):
            return []
        values = {c: events.Values(self.random, kind, self.start) for c, kind in source["columns"].items()}
        entity, rows = source["entity"], []
        for us in events.times(self.random, self.start, self.random.randrange(1, self.pick([10, 45, 45, 120]))):
            key = dict(zip(entity["keys"], self.pick(entity["ids"])))
            row = {**key, "at": self.time_in(source["unit"], us), **{c: v.one() for c, v in values.items()}}
            rows.append({c: v for c, v in row.items() if v is not None or self.chance(0.7)})
        rows = events.put_late(self.random, rows)
        if self.chance(0.2):
            # The order of arrival comes from a column; the rows are then written in any order.
            source["definition"]["arrival"] = "seq"
            if self.chance(0.8):
                source["columns"]["seq"] = "int64"
            rows = [{**row, "seq": 10 * i - 50} for i, row in enumerate(rows)]
            self.random.shuffle(rows)
        return rows

    def add_identity(self, source):
        """Gives the source an `id`, and rows that repeat, correct or take back what is there."""
        definition, columns, rows = source["definition"], source["columns"], self.rows[source["name"]]
        there = [c for c, kind in columns.items() if kind in ("int64", "string")]
        column = self.pick(there) if there and self.chance(0.25) else "event_id"
        ids = self.pick([[1, 2, 3, -7, 2**63 - 1], ["e1", "e2", "", "7", "é" * 20, "a long id, longer than others"]])
        if column not in columns and self.chance(0.5):
            columns[column] = "string" if isinstance(ids[0], str) else "int64"
        definition["id"] = column
        if self.chance(0.3):
            definition["duplicates"] = "first"
        elif self.chance(0.6):
            definition["deleted"] = self.pick(["gone", *(c for c, kind in columns.items() if kind == "bool")])
        if column == "event_id":
            rows[:] = [{**row, column: self.pick([*ids, None])} for row in rows]
        if definition.get("deleted") == "gone":
            rows[:] = [{**row, "gone": self.pick([None, False, False, False, True])} for row in rows]
        for _ in range(1 + len(rows) // 3):
            self.repeat_row(source, rows, column)

    def repeat_row(self, source, rows, column):
        """Adds a row of an event that is there, with the values of another one."""
        event, other = self.pick(rows), self.pick(rows)
        row = {**other, **{name: event[name] for name in (*source["entity"]["keys"], "at")}}
        row.pop(column, None)
        if column in event:
            row[column] = event[column]
        if "gone" in row:
            row["gone"] = self.chance(0.4)
        if "seq" in row:
            row["seq"] = max(r["seq"] for r in rows) + 10 if self.chance(0.5) else min(r["seq"] for r in rows) - 10
        rows.insert(self.random.randrange(len(rows) + 1), row)

    def time_in(self, unit, us):
        if unit:
            return us // {"s": SECOND, "ms": 1000, "us": 1}[unit]
        text = events.text_of(us)
        return text.replace("Z", "+00:00") if self.chance(0.05) else text

    def names_of(self, source, level):
        """(text, type) of what a formula driven by the source may name: its columns, and features of its entity."""
        out = []
        for column, kind in source["columns"].items():
            owners = [s for s in self.sources if column in s["columns"]]
            if " " in column:
                if source["name"] == self.defaults or len(owners) == 1:
                    out.append((f"`{column}`", kind))
            elif len(owners) > 1 or self.chance(0.15):
                out.append((f"{source['name']}.{column}", kind))
            else:
                out.append((column, kind))
        return out, self.features_of(source["entity"], level)

    def features_of(self, entity, level):
        usable = [f for f in self.known if f["type"] in SCALARS and f["entity"] is entity and f["level"] < level]
        return [(f"feature.{f['name']}" if self.chance(0.15) else f["name"], f["type"]) for f in usable]

    def add_feature(self, name):
        source = self.pick(self.sources)
        if self.chance(0.2) and self.features_of(source["entity"], 3):
            return self.add_derived(name, source)
        columns, features = self.names_of(source, 2)
        aggregation = self.aggregation() if self.chance(0.88) else None  # none: the last value, over columns alone
        names = columns + (features if aggregation and self.chance(0.4) else [])
        maker = FormulaMaker(self.random, names)
        kind = self.input_type(aggregation, [k for _, k in names])
        texts = self.formulas(maker, aggregation, kind)
        test = maker.formula("bool", 2) if self.chance(0.3) else None
        if aggregation is None and not self.used(texts, columns):
            aggregation = "last"
        feature = {"name": name, "owner": "fuzz", "version": "1.0"}
        if aggregation:
            feature |= {"aggregation": aggregation, "window": self.window_for(aggregation)}
            if params := self.params(aggregation):
                feature["params"] = params
        if test:
            feature["filter"] = test
        self.name_parts(feature, texts, test, names, columns, source)
        self.finish(feature, aggregation or "last", kind, source)

    @staticmethod
    def used(texts, names):
        """Those of the names that occur in the texts."""
        tokens = set()
        for text in texts:
            tokens |= set(NAME.findall(QUOTED.sub("", text)))
        return [text for text, _ in names if text in tokens]

    def name_parts(self, feature, texts, test, names, columns, source):
        """Sets formula, source_features and, where nothing else tells it, source."""
        tests = [test] if test else []
        used, tested = self.used(texts + tests, names), self.used(tests, names)
        if used:
            feature["source_features"] = [text.strip("`") for text in used]
        if len(texts) == 2:
            feature["formula"] = texts
        elif texts:
            alone = "`" not in texts[0] and [u for u in used if u not in tested] == texts
            if not (alone and self.chance(0.6)):
                feature["formula"] = texts[0]
        if not self.used(texts + tests, columns) or self.chance(0.1):
            feature["source"] = source["name"]
        if self.chance(0.1):
            feature["entity"] = source["entity"]["name"]
        if self.chance(0.1):
            feature["description"] = "Made by chance."
        if self.chance(0.1):
            feature["tags"] = ["fuzz"]

    def add_derived(self, name, source):
        names = self.features_of(source["entity"], 3)
        kind = self.pick([k for _, k in names]) if self.chance(0.5) else self.pick(SCALARS)
        text = FormulaMaker(self.random, names).formula(kind, 2)
        used = self.used([text], names)
        feature = {"name": name, "owner": "fuzz", "version": "1.0", "formula": text}
        if used:
            feature["source_features"] = used
        by_name = {f["name"]: f for f in self.known}
        drivers = {by_name[u.removeprefix("feature.")]["source"] for u in used}
        if len(drivers) == 1:
            source = next(s for s in self.sources if s["name"] in drivers)
        else:
            feature["source"] = source["name"]
        self.finish(feature, None, kind, source)

    def finish(self, feature, aggregation, kind, source):
        first = aggregation[0] if isinstance(aggregation, list) else aggregation
        result = self.result_type(first, kind)
        if result in ("double", "int64", "string", "bool") and first not in ("count", "count_distinct") and self.chance(0.15):
            feature["default"] = {"double": 0 if isinstance(aggregation, list) else self.pick([0, 1.5, -1, 0.0]), "int64": self.pick([0, -1]), "string": self.pick(["", "none"]), "bool": self.chance(0.5)}[result]
        self.features.append(feature)
        by_name = {f["name"]: f for f in self.known}
        used = [n.removeprefix("feature.") for n in feature.get("source_features", [])]
        level = 1 + max([by_name[n]["level"] for n in used if n in by_name], default=0)
        lists = [k for k in ("aggregation", "window") if isinstance(feature.get(k), list)]
        usable = result if not lists and first not in LISTS and first != "ewma" else None
        self.known.append({"name": feature["name"], "type": usable, "entity": source["entity"], "source": source["name"], "level": level})

    def aggregation(self):
        group = self.random.random()
        if group < 0.1:
            one = self.pick(PAIRS)
        elif group < 0.2:
            one = self.pick(["any", "all"])
        elif group < 0.35:
            one = self.pick(["min", "max"])
        else:
            one = self.pick(NUMERIC if group < 0.7 else ANY_TYPE)
        if self.chance(0.08):
            return self.random.sample(["sum", "mean", "min", "max", "stddev", "count", "median", "p95"], self.pick([1, 2, 3]))
        return one

    def input_type(self, aggregation, there):
        if isinstance(aggregation, list) or aggregation in NUMERIC or aggregation in PAIRS:
            kinds, others = [k for k in there if k in ("double", "int64")], ["double", "int64"]
        elif aggregation in ("any", "all"):
            return "bool"
        else:
            kinds, others = [k for k in there if k != "bool" or aggregation not in ("min", "max")], SCALARS[:4]
        return self.pick(kinds) if kinds and self.chance(0.85) else self.pick(others)

    def formulas(self, maker, aggregation, kind):
        depth = self.pick([0, 0, 0, 1, 1, 2, 3])
        if aggregation == "count" and self.chance(0.3):
            return []
        if aggregation in PAIRS:
            return [maker.formula(maker.likely(["double", "int64"]), min(depth, 2)) for _ in range(2)]
        if aggregation == "ewma":  # of one sign, so that nothing cancels, and far from the ends of the range
            return [f"clip(abs({maker.formula(kind, depth)}), 0.001, 1000000.0)"]
        return [maker.formula(kind, depth)]

    def result_type(self, aggregation, kind):
        if aggregation is None or aggregation in SAME_TYPE:
            return kind
        if aggregation in ("count", "count_distinct"):
            return "int64"
        if aggregation in LISTS:
            return None
        return "bool" if aggregation in ("any", "all") else "double"

    def size(self):
        size = self.pick(SIZES)
        self.edges.add(microseconds(size))
        return size

    def window(self):
        form = self.random.random()
        if form < 0.3:
            return self.size()
        if form < 0.45:
            return {"size": self.size(), "closed": self.pick(["right", "left", "both", "neither"])}
        if form < 0.55:
            return {"size": self.size(), "offset": self.size()} | ({"closed": "both"} if self.chance(0.3) else {})
        if form < 0.65:
            return {"last": self.pick([1, 2, 3, 5, 20, 10000])}
        if form < 0.78:
            return {"tumbling": self.size()} | ({"offset": self.size()} if self.chance(0.4) else {})
        if form < 0.88:
            return {"session": self.size()}
        return "lifetime"

    def window_for(self, aggregation):
        if aggregation == "time_weighted_mean":
            return self.size() if self.chance(0.7) else "lifetime"
        if self.chance(0.06):
            return self.random.sample(SIZES[2:8] + ["lifetime"], self.pick([1, 2]))
        return self.window()

    def params(self, aggregation):
        if aggregation in ("first_k", "last_k", "top_k"):
            return {"k": self.pick([1, 2, 3, 10, 10000])}
        if aggregation == "percentile":
            return {"p": self.pick([0, 0.1, 0.25, 0.3333333333333333, 0.5, 0.9, 0.99, 1])}
        if aggregation == "ewma":
            return {"half_life": self.size()}
        if aggregation == "histogram":
            return {"edges": sorted(self.random.sample([-100, -1.5, 0, 0.1, 1, 2, 10, 50, 1e6], self.random.randrange(2, 6)))}
        return None

    def questions(self):
        """Instants on and beside events and window edges, of entities with and without events."""
        asks = []
        for entity in self.entities:
            if not any(f["entity"] is entity for f in self.known):
                continue
            for key in entity["ids"][:3] + [entity["unseen"]]:
                named = dict(zip(entity["keys"], key))
                seen = [self.instant_of(s, row) for s in self.sources if s["entity"] is entity for row in self.rows[s["name"]] if all(row[k] == v for k, v in named.items())]
                instants = {self.start - 1, self.start + 400 * DAY} if self.chance(0.3) else set()
                for _ in range(self.pick([3, 5, 8])):
                    base = self.pick(seen) if seen else self.start
                    instants.add(base + self.pick([0, 0, 0, 1, -1]) + (self.pick(sorted(self.edges)) if self.chance(0.5) else 0))
                asks += [{"entity": named, "at": events.text_of(t)} for t in sorted(instants)]
        self.random.shuffle(asks)
        return asks[:24]

    def instant_of(self, source, row):
        if source["unit"]:
            return row["at"] * {"s": SECOND, "ms": 1000, "us": 1}[source["unit"]]
        text = row["at"].replace("Z", "+00:00")
        return (events.dt.datetime.fromisoformat(text) - events.EPOCH) // events.dt.timedelta(microseconds=1)
