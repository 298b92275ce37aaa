"""Meanings that change under their versions: what a store notices, `check --against`, and `version raise`."""
import os
import re

import pytest
import yaml
from command import Command

PROJECT = """\
project: {name: shop}
---
entity: {name: user, key: user_id}
---
entity: {name: shop, key: shop_id}
---
source: {name: orders, entity: user, event_time: at, columns: {user_id: string, paid: double, state: string}, batch: {format: csv, path: orders.csv}}
---
source: {name: sales, entity: shop, event_time: at, columns: {shop_id: string, amount: double}, batch: {format: csv, path: sales.csv}}
"""
# Layouts of all sorts: comments, quotes, flow and block, CRLF, characters of several bytes.
FEATURES = """\
# Größen — paid
feature:
  name: paid          # the amounts
  description: "Umsätze: €"
  owner: risk
  version: "1.0"      # raise me
  aggregation: [sum, max]
  window: [1d, 7d]
  source_features: [paid, state]
  formula: paid
  filter: state == 'ok'
---
feature: {name: n_orders, description: dé, owner: o, version: '2.9', source: orders, aggregation: count, window: 1d}
---
feature:
  name: paid_per_order
  description: d
  owner: o
  version: 1.2.3
  source_features: [paid_sum_1d, n_orders]
  formula: paid_sum_1d / n_orders
---
feature:
  name: half
  description: d
  owner: o
  version: "0.1"
  internal: true
  source_features: [paid_per_order]
  formula: paid_per_order / 2
---
feature: {name: n_sales, description: d, owner: o, version: "1.0", source: sales, aggregation: count, window: 1d}
"""


@pytest.fixture
def shop(binary, tmp_path):
    (tmp_path / "project.yaml").write_text(PROJECT)
    (tmp_path / "features").mkdir()
    (tmp_path / "features" / "user.yaml").write_text(FEATURES)
    (tmp_path / "orders.csv").write_text("user_id,at,paid,state\nu1,2024-03-01T00:00:00Z,12.5,ok\n")
    (tmp_path / "sales.csv").write_text("shop_id,at,amount\ns1,2024-03-01T00:00:00Z,12.5\n")
    shell = Command(binary, tmp_path)
    shell("backfill", "--output", "store", "-q")
    return shell


def edit(shop, *pairs):
    path = shop.folder / "features" / "user.yaml"
    text = path.read_bytes().decode()
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_bytes(text.encode())


def versions(shop):
    return {each["name"]: each["version"] for each in shop("plan", "--format", "json").json()["features"]}


def text_of(shop):
    return (shop.folder / "features" / "user.yaml").read_bytes().decode()


def test_raise_edits_the_digits_only(shop):
    before = text_of(shop)
    done = shop("version", "raise", "paid")
    assert text_of(shop) == before.replace('"1.0"      #', '"1.1"      #').replace("1.2.3", "1.3.0").replace('"0.1"', '"0.2"')
    assert [line.split() for line in done.out.splitlines()] == [
        ["definition", "was", "is", "place"],
        ["paid", "1.0", "1.1", "features/user.yaml:6"],
        ["paid_per_order", "1.2.3", "1.3.0", "features/user.yaml:19"],
        ["half", "0.1", "0.2", "features/user.yaml:27"],
    ]
    shop("check")


@pytest.mark.parametrize("part, expected", [("major", ("2.0", "3.0", "2.0.0", "1.0")), ("minor", ("1.0", "2.10", "1.3.0", "0.2")), ("patch", ("1.0", "2.9.1", "1.2.4", "0.1.1"))])
def test_parts(shop, part, expected):
    shop("version", "raise", "n_orders", "--part", part)
    got = versions(shop)
    assert (got["n_orders"], got["paid_per_order"], got["half"]) == expected[1:]
    assert got["paid_sum_1d"] == "1.0" and got["n_sales"] == "1.0"


def test_one_of_a_list_raises_its_definition(shop):
    shop("version", "raise", "paid_max_7d")
    got = versions(shop)
    assert {got[f"paid_{a}_{w}"] for a in ("sum", "max") for w in ("1d", "7d")} == {"1.1"}


def test_several_at_once(shop):
    shop("version", "raise", "n_orders", "paid", "half")
    assert [versions(shop)[name] for name in ("paid_sum_1d", "n_orders", "paid_per_order", "half", "n_sales")] == ["1.1", "2.10", "1.3.0", "0.2", "1.0"]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n\n"])
def test_ends_of_lines_stay(shop, end):
    path = shop.folder / "features" / "user.yaml"
    if end == "\n\n":
        text = "\ufeff" + FEATURES
    else:
        text = FEATURES.replace("\n", end)
    path.write_bytes(text.encode())
    done = shop("version", "raise", "n_orders", code=None)
    assert done.code == 0, done.err
    assert path.read_bytes().decode() == text.replace("'2.9'", "'2.10'").replace("1.2.3", "1.3.0").replace('"0.1"', '"0.2"')


def test_dry_run(shop):
    before = text_of(shop)
    done = shop("version", "raise", "paid", "--dry-run")
    assert "1.1" in done.out and done.err == "note: nothing was written\n" and text_of(shop) == before


def test_links_and_permissions_stay(shop):
    path = shop.folder / "features" / "user.yaml"
    real = shop.folder / "real.yaml"
    path.rename(real)
    path.symlink_to(real)
    real.chmod(0o640)
    shop("version", "raise", "n_sales")
    assert path.is_symlink() and os.stat(real).st_mode & 0o777 == 0o640 and versions(shop)["n_sales"] == "1.1"
    assert [each.name for each in (shop.folder / "features").iterdir()] == ["user.yaml"]


def test_versions_that_share_a_text_are_left_alone(shop):
    (shop.folder / "features" / "user.yaml").write_text(FEATURES.replace('version: "1.0"      # raise me', 'version: "1\\x2e0"'))
    done = shop("version", "raise", "paid", code=1)
    assert "features/user.yaml:6: the version of `paid` stands in a form that is not edited here" in done.err and 'write `version: "1.1"` there by hand' in done.err


REFUSALS = {
    "no such feature": (["raise", "piad"], "did you mean `paid`?"),
    "no feature": (["raise"], "`headrace version raise` needs FEATURE"),
    "another word": (["bump", "paid"], "`headrace version raise FEATURE`"),
    "another part": (["raise", "paid", "--part", "middle"], "--part is one of minor, major, patch"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals(shop, name):
    arguments, words = REFUSALS[name]
    before = text_of(shop)
    done = shop("version", *arguments, code=2)
    assert words in done.err and text_of(shop) == before


def test_the_version_of_the_program(shop):
    assert shop("version").out == shop("--version").out


# What changes, and how that is told.
CHANGES = {
    "formula": (("formula: paid\n", "formula: paid * 2\n"), "formula: paid * 2.0, was paid"),
    "filter": (("filter: state == 'ok'", "filter: state == 'ok' and paid > 0"), "filter: state == 'ok' and paid > 0.0, was state == 'ok'"),
    "window": (("window: [1d, 7d]", "window: [{size: 1d, closed: both}, 7d]"), None),
    "a filter that goes": (("  filter: state == 'ok'\n", ""), "filter: none, was state == 'ok'"),
}


@pytest.mark.parametrize("name", [name for name in CHANGES if CHANGES[name][1]])
def test_changes_in_the_words_of_the_yaml(shop, name):
    change, words = CHANGES[name]
    edit(shop, change)
    for arguments in (["check", "--against", "store"], ["backfill", "--output", "store"]):
        done = shop(*arguments, code=1)
        assert words in done.out + done.err, done.out + done.err
        assert "col:" not in done.out + done.err and "(* double" not in done.err
        assert "uses `paid_sum_1d`, which has changed" in done.out + done.err


def test_all_features_are_named_at_once_and_raised_by_what_is_advised(shop):
    edit(shop, ("formula: paid\n", "formula: paid * 2\n"), ("aggregation: count", "filter: \"state != 'void'\", source_features: [state], aggregation: count"))
    done = shop("check", "--against", "store", code=1)
    assert [line for line in done.out.splitlines() if line.startswith("error")] == [
        "error[V001]: `paid_sum_1d`, `paid_sum_7d`, `paid_max_1d`, `paid_max_7d` 1.0 mean something else than the values in store",
        "error[V001]: `n_orders` 2.9 means something else than the values in store",
        "error[V001]: `paid_per_order` 1.2.3 means something else than the values in store",
        ]
    advised = re.search(r"`headrace (version raise paid_sum_1d .*)` raises all of them", done.err)[1].split()
    said = shop("backfill", "--output", "store", code=1)
    assert re.search(r"`headrace (version raise .*?)`", said.err)[1].split() == advised
    shop(*advised)
    shop("check", "--against", "store")
    shop("backfill", "--output", "store", "-q")
    shop("check", "--against", "store")


def test_a_used_feature_that_was_raised_alone(shop):
    edit(shop, ("formula: paid\n", "formula: paid * 2\n"), ('"1.0"      #', '"1.1"      #'))
    done = shop("check", "--against", "store", code=1)
    assert "uses `paid_sum_1d`, which went from 1.0 to 1.1" in done.out
    advised = re.search(r"`headrace (version raise .*?)` raises all", done.err)[1].split()
    assert advised == ["version", "raise", "paid_per_order"]
    shop(*advised)
    shop("check", "--against", "store")


def test_nothing_has_changed(shop):
    done = shop("check", "--against", "store")
    assert done.out == "" and done.err == "no problems in 2 files\n"
    edit(shop, ("owner: risk", "owner: others"), ("internal: true", "internal: false"))
    shop("check", "--against", "store")


def test_against_what_is_no_store(shop):
    assert "none" in shop("check", "--against", "none", code=3).err
    (shop.folder / "store" / "manifest.json").write_text("{")
    assert "manifest.json" in shop("check", "--against", "store", code=1).err


def test_machines_read_it_too(shop):
    edit(shop, ("formula: paid\n", "formula: paid * 2\n"))
    (first, *_) = shop("check", "--against", "store", "--format", "json", code=1).json()
    assert (first["code"], first["file"], first["line"]) == ("V001", "features/user.yaml", 6)
    assert first["help"] == "`headrace version raise paid`"
    sarif = shop("check", "--against", "store", "--format", "sarif", code=1).json()
    assert "V001" in [each["ruleId"] for each in sarif["runs"][0]["results"]]


def test_errors_come_first(shop):
    edit(shop, ("formula: paid\n", "formula: piad\n"))
    done = shop("check", "--against", "none", code=1)
    assert "F008" in done.out and "V001" not in done.out


def test_a_large_chain_is_raised_at_once(binary, tmp_path):
    texts = [PROJECT, "feature: {name: f0, description: d, owner: o, version: '1.0', source: orders, aggregation: count, window: 1d}"]
    texts += [f"feature: {{name: f{i}, description: d, owner: o, version: '1.0', source_features: [f{i - 1}], formula: f{i - 1} + 1}}" for i in range(1, 3000)]
    (tmp_path / "project.yaml").write_text("\n---\n".join(texts))
    shell = Command(binary, tmp_path)
    shell("version", "raise", "f0")
    assert all(each["feature"]["version"] == "1.1" for each in yaml.safe_load_all((tmp_path / "project.yaml").read_text()) if "feature" in each)
