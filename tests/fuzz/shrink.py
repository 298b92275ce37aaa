"""Makes a failing case smaller while it fails: one question, one feature with what it uses, as few events as possible."""
import re


def smaller_cases(case):
    """Candidates, the largest cuts first."""
    for i in range(len(case["ask"])):
        if len(case["ask"]) > 1:
            yield case | {"ask": [case["ask"][i]]}
    features = [d for d in case["repository"] if "feature" in d]
    for document in features:
        yield case | {"repository": [d for d in case["repository"] if d is not document]}
    for source, rows in case["events"].items():
        for less in shorter_lists(rows):
            yield case | {"events": case["events"] | {source: less}}
    for less in shorter_lists(case.get("arrivals", [])):
        yield case | {"arrivals": less}
    for i, document in enumerate(case["repository"]):
        body = document.get("feature", {})
        for key in ("filter", "default", "tags", "description", "entity"):
            if key in body:
                less = {"feature": {k: v for k, v in body.items() if k != key}}
                yield case | {"repository": case["repository"][:i] + [less] + case["repository"][i + 1 :]}


def shorter_lists(items):
    """The list without a stretch of it."""
    size = len(items)
    while size >= 1:
        for start in range(0, len(items), size):
            yield items[:start] + items[start + size :]
        size //= 2


def is_sound(case):
    """Whether every feature that another one names is still there."""
    bodies = [d["feature"] for d in case["repository"] if "feature" in d]
    there = {b["name"] for b in bodies}
    return bool(bodies) and all(
        n.removeprefix("feature.") in there for b in bodies for n in b.get("source_features", []) if re.fullmatch(r"(feature\.)?f\d+", n)
    )


def shrink(case, still_fails, tries_max=250):
    tries, better = 0, True
    while better and tries < tries_max:
        better = False
        for candidate in smaller_cases(case):
            if not is_sound(candidate):
                continue
            tries += 1
            if still_fails(candidate):
                case, better = candidate, True
                break
            if tries >= tries_max:
                break
    return case
