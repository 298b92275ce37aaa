"""Writes a case as a case file: YAML in the form of tests/cases, read alike by YAML 1.1 and 1.2."""
import json
import math


def scalar(value):
    """One value in flow style; strings always quoted."""
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    return json.dumps(value, ensure_ascii=False)


def flow(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key_text(k)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


def key_text(key):
    return key if key.isidentifier() else json.dumps(key)


def write(case, path):
    """`expect` is left out where the case has none."""
    lines = [f"about: {scalar(case.get('about', 'made by chance'))}", "repository: |"]
    for i, document in enumerate(case["repository"]):
        (kind, body), = document.items()
        if i:
            lines.append("  ---")
        if len(json.dumps(body)) % 3 == 0:  # either style, the same one each time
            lines += [f"  {kind}:"] + [f"    {key_text(k)}: {flow(v)}" for k, v in body.items()]
        else:
            lines.append(f"  {kind}: {flow(body)}")
    lines.append("events:" if case["events"] else "events: {}")
    for source, rows in case["events"].items():
        lines += [f"  {source}:" + ("" if rows else " []")] + [f"  - {flow(row)}" for row in rows]
    for part in ("ask", "expect"):
        if part in case:
            lines += [f"{part}:"] + [f"- {flow(row)}" for row in case[part]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
