#!/usr/bin/env python3
"""Draws an offline store: one self-contained HTML page with raw values, features, windows and checks.

    make_picture.py --project DIR --store DIR --output FILE.html [--features a,b] [--keys N] [--key pump_id=p7 ..]

Reads what everybody can read: the tables that the store's manifest lists, the raw data of the repository's sources, the
plan (`headrace plan --format json`) and the checks in the YAML. Values are thinned to the least, greatest and mean value
of equal spans of time, so the page stays small however long the history is. Violations are found before thinning.
"""
import argparse
import json
import sys
from pathlib import Path

import rawdata
import repository
import store
import thinning

HERE = Path(__file__).resolve().parent
WIDEST_PAGE = 12  # features that are drawn when none are named


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--project", type=Path, required=True, help="the feature repository")
    parser.add_argument("--store", type=Path, required=True, help="the output of `headrace backfill`")
    parser.add_argument("--output", type=Path, required=True, help="the HTML page to write")
    parser.add_argument("--headrace", default="headrace", help="the program; default: headrace")
    parser.add_argument("--features", help="names by commas; default: the first numeric ones")
    parser.add_argument("--keys", type=int, default=6, help="how many entities of each kind to draw; default 6")
    parser.add_argument("--key", action="append", default=[], metavar="COLUMN=VALUE[,..]", help="an entity that must be there")
    parser.add_argument("--title", help="default: the project's name")
    return parser.parse_args()


def chosen_features(plan, manifest, names):
    """The plan's features that are in the store as numbers, in the order asked for."""
    drawable = {feature["name"]: feature for feature in plan["features"]
                if feature["type"] in ("double", "int64", "bool") and feature["name"] in manifest.features}
    if not names:
        return list(drawable.values())[:WIDEST_PAGE]
    missing = [name for name in names if name not in drawable]
    if missing:
        sys.exit(f"make_picture.py: no numeric feature of that name in the store: {', '.join(missing)}")
    return [drawable[name] for name in names]


def entity_part(entity, features, options, sources, manifest, checks, plan):
    """All series of one kind of entity, thinned, as the page wants them."""
    columns = [entity_key["name"] for entity_key in entity["keys"]]
    names = [feature["name"] for feature in features]
    used = [name for feature in features for name in feature["uses"] if name in manifest.features]
    table = manifest.read(entity["name"], columns, list(dict.fromkeys(names + used)))
    keys = store.interesting_keys(table, columns, {name: checks.limits(name) for name in names}, options.keys,
                                  store.wanted_keys(options.key, columns))
    span = thinning.Span.of(table)
    raw = {feature["name"]: rawdata.panels(plan, feature) for feature in features}
    needed = {panel.source for panels in raw.values() for panel in panels if panel.source}
    events = {name: rawdata.read(options.project, sources[name], columns, keys) for name in needed}
    data = []
    for key in keys:
        rows = store.rows_of(table, columns, key)
        series = {f"feature {name}": span.thin(*store.series(rows, name), checks.limits(name)) for name in names}
        for panels in raw.values():
            for panel in panels:
                if panel.id not in series:
                    series[panel.id] = span.thin(*panel.values(rows, events, columns, key))
        data.append({"label": " · ".join(map(str, key)), "series": series})
    return {
        "name": entity["name"], "columns": columns, "start": span.start, "step": span.step, "count": span.count,
        "keys": data,
        "features": [repository.describe(plan, feature, raw[feature["name"]], checks) for feature in features],
    }


def page(content):
    """The template with style, program and data put into it."""
    text = (HERE / "page.html").read_text()
    data = json.dumps(content, separators=(",", ":")).replace("</", "<\\/")
    for mark, part in [("/*STYLE*/", (HERE / "page.css").read_text()), ("/*CHART*/", (HERE / "chart.js").read_text()),
                       ("/*PROGRAM*/", (HERE / "page.js").read_text()), ("/*DATA*/null", data)]:
        text = text.replace(mark, part, 1)
    return text


def main():
    options = arguments()
    plan = repository.read_plan(options.headrace, options.project)
    checks = repository.Checks.read(options.project, options.store)
    manifest = store.Store.open(options.store)
    features = chosen_features(plan, manifest, options.features.split(",") if options.features else [])
    sources = {source["name"]: source for source in plan["sources"]}
    parts = []
    entities = {entity["name"]: entity for entity in plan["entities"]}
    for entity in dict.fromkeys(feature["entity"] for feature in features):
        mine = [feature for feature in features if feature["entity"] == entity]
        parts.append(entity_part(entities[entity], mine, options, sources, manifest, checks, plan))
    text = page({"title": options.title or plan["project"], "entities": parts, "verdicts": checks.verdicts})
    options.output.write_text(text)
    drawn = sum(len(part["keys"]) for part in parts)
    print(f"{options.output}: {len(features)} features of {drawn} entities, {len(text.encode()) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
