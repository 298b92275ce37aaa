"""What the repository says about its features: the plan of the program, and checks and descriptions of the YAML."""
import itertools
import json
import subprocess
import sys

import yaml

# Aggregations whose value is of the same kind as the formula's, so both can share an axis.
SAME_UNIT = {"mean", "min", "max", "first", "last", "median", "percentile", "p50", "p95", "p99", "ewma",
             "time_weighted_mean", "mode", "approx_percentile"}


def read_plan(program, project):
    run = subprocess.run([program, "plan", "--format", "json", "--project", str(project)], capture_output=True, text=True)
    if run.returncode:
        sys.stderr.write(run.stderr + run.stdout)
        sys.exit(run.returncode)
    return json.loads(run.stdout)


def documents(project):
    for path in [project / "project.yaml", *sorted(project.glob("features/**/*.y*ml"))]:
        for document in yaml.safe_load_all(path.read_text()):
            if document and "feature" in document:
                yield document["feature"]


def expanded_names(definition):
    """A definition with lists stands for a feature for each combination."""
    parts = [definition.get(key) for key in ("aggregation", "window") if isinstance(definition.get(key), list)]
    return ["_".join([definition["name"], *map(str, each)]) for each in itertools.product(*parts)]


class Checks:
    """Quality checks by feature, and their verdicts where the store has them."""

    def __init__(self, definitions, verdicts):
        self.definitions = definitions
        self.verdicts = verdicts

    @classmethod
    def read(cls, project, store):
        definitions = {name: each for each in documents(project) for name in expanded_names(each)}
        path = store / "quality.json"
        verdicts = json.loads(path.read_text())["checks"] if path.exists() else []
        return cls(definitions, [_short(each) for each in verdicts])

    def limits(self, name):
        """Lower and upper end of the range check, either None."""
        for check in self.definitions.get(name, {}).get("quality_checks", []):
            if check["type"] == "range":
                return tuple(check["params"])
        return (None, None)

    def severity(self, name):
        for check in self.definitions.get(name, {}).get("quality_checks", []):
            if check["type"] == "range":
                return check.get("severity", "error")
        return None


def _short(check):
    keys = ("feature", "check", "type", "severity", "condition", "verdict", "reason", "looked_at", "failed")
    return {key: check[key] for key in keys if key in check} | {"offenders": check["offenders"][:3]}


def describe(plan, feature, panels, checks):
    """One feature for the page: texts, window, limits and the panels below it."""
    definition = checks.definitions[feature["name"]]
    state = _state(plan, feature)
    low, high = checks.limits(feature["name"])
    return {
        "name": feature["name"], "version": feature["version"], "owner": definition["owner"],
        "description": definition.get("description", ""), "type": feature["type"],
        "aggregation": feature["finalizer"]["aggregation"] if state else "derived",
        "window": state["window"] if state else None,
        "formula": _formula_text(definition), "filter": definition.get("filter"),
        "low": low, "high": high, "severity": checks.severity(feature["name"]),
        "same_unit": bool(state) and feature["finalizer"]["aggregation"] in SAME_UNIT,
        "behind": next((panel.id for panel in panels if panel.is_formula), None),
        "panels": [{"id": panel.id, "label": panel.label} for panel in panels if not panel.is_formula],
    }


def _state(plan, feature):
    finalizer = feature.get("finalizer")
    if not finalizer:
        return None
    return next(state for state in plan["states"] if state["id"] == finalizer["state"])


def _formula_text(definition):
    formula = definition.get("formula") or ", ".join(definition.get("source_features", []))
    return ", ".join(formula) if isinstance(formula, list) else formula
