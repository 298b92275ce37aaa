"""Which features are meant: names, patterns, tags, owners, what uses what, and internal ones; in every command alike."""
import json

import pytest
from command import Command

PROJECT = """\
project: {name: shop}
---
entity: {name: user, key: user_id}
---
entity: {name: shop, key: shop_id}
---
source: {name: orders, entity: user, event_time: at, columns: {user_id: string, paid: double}, batch: {format: csv, path: orders.csv}}
---
source: {name: sales, entity: shop, event_time: at, columns: {shop_id: string, paid: double}, batch: {format: csv, path: sales.csv}}
---
feature: {name: paid, description: d, owner: risk, version: "1.0", tags: [churn, money], source: orders, aggregation: [sum, max], window: [1d, 7d], source_features: [paid]}
---
feature: {name: n_orders, description: d, owner: growth, version: "1.0", tags: [churn], source: orders, aggregation: count, window: 1d}
---
feature: {name: last_order_at, description: d, owner: growth, version: "1.0", tags: [churn], internal: true, source: orders, aggregation: max, window: lifetime, formula: event_time()}
---
feature: {name: seconds_since_order, description: d, owner: growth, version: "1.0", source_features: [last_order_at], formula: seconds(event_time() - last_order_at)}
---
feature: {name: paid_per_order, description: d, owner: risk, version: "1.0", source_features: [paid_sum_1d, n_orders], formula: paid_sum_1d / n_orders}
---
feature: {name: n_sales, description: d, owner: "shop team", version: "1.0", tags: [shops], source: sales, aggregation: count, window: 1d}
"""
PAID = ["paid_sum_1d", "paid_sum_7d", "paid_max_1d", "paid_max_7d"]
ALL = [*PAID, "n_orders", "seconds_since_order", "paid_per_order", "n_sales"]

# selectors: what they stand for
CHOICES = {
    ("paid",): PAID,
    ("paid_sum_1d",): ["paid_sum_1d"],
    ("n_orders", "paid_sum_1d"): ["n_orders", "paid_sum_1d"],
    ("n_orders", "n_*", "n_orders"): ["n_orders", "n_sales"],
    ("paid_*",): [*PAID, "paid_per_order"],
    ("paid_???_1d",): ["paid_sum_1d", "paid_max_1d"],
    ("*",): ALL,
    ("tag:churn",): [*PAID, "n_orders"],
    ("tag:*",): [*PAID, "n_orders", "n_sales"],
    ("owner:risk",): [*PAID, "paid_per_order"],
    ("owner:shop team",): ["n_sales"],
    ("entity:shop",): ["n_sales"],
    ("source:orders", "n_sales"): [*ALL],
    ("name:n_*",): ["n_orders", "n_sales"],
    ("+paid_per_order",): ["paid_sum_1d", "n_orders", "paid_per_order"],
    ("n_orders+",): ["n_orders", "paid_per_order"],
    ("+n_orders+",): ["n_orders", "paid_per_order"],
    ("paid+",): [*PAID, "paid_per_order"],
    ("tag:money+",): [*PAID, "paid_per_order"],
    ("+seconds_since_order",): ["seconds_since_order"],
    ("last_order_at",): ["last_order_at"],
    ("last_order_at+",): ["last_order_at", "seconds_since_order"],
}

# selectors: (words of the error, of its help)
WRONG = {
    "paid_sum": ("there is no feature `paid_sum`", "`headrace graph` lists them"),
    "n_order": ("there is no feature `n_order`", "did you mean `n_orders`?"),
    "pait": ("there is no feature `pait`", "did you mean `paid`?"),
    "tag:chrun": ("no feature has the tag `chrun`", "did you mean `churn`?"),
    "tag:x": ("no feature has the tag `x`", "there are churn, money, shops"),
    "owner:nobody": ("no feature has the owner `nobody`", "there are growth, risk, shop team"),
    "tags:churn": ("features cannot be chosen by `tags:`", "did you mean `tag:`?"),
    "zzz:churn": ("features cannot be chosen by `zzz:`", "name:, tag:, owner:, entity:, source:"),
    "paid_x*": ("no feature has a name like `paid_x*`", "`headrace graph` lists them"),
    "+": ("`+` names no feature", ""),
    "tag:": ("`tag:` names no feature", ""),
    "last_order_*": ("`last_order_*` chooses internal features only", "name them"),
}


@pytest.fixture
def shop(binary, tmp_path):
    (tmp_path / "project.yaml").write_text(PROJECT)
    (tmp_path / "orders.csv").write_text("user_id,at,paid\nu1,2024-03-01T00:00:00Z,12.5\nu1,2024-03-01T06:00:00Z,7\nu2,2024-03-01T08:00:00Z,1\n")
    (tmp_path / "sales.csv").write_text("shop_id,at,paid\ns1,2024-03-01T00:00:00Z,12.5\n")
    (tmp_path / "labels.csv").write_text("user_id,shop_id,event_time\nu1,s1,2024-03-02T00:00:00Z\n")
    return Command(binary, tmp_path)


def shown(shop, *arguments):
    return [name for table in shop("show", *arguments, "--format", "json").json()["tables"] for name in table["features"]]


@pytest.mark.parametrize("chosen", CHOICES, ids=",".join)
def test_choices(shop, chosen):
    expected = CHOICES[chosen]
    assert sorted(shown(shop, *chosen)) == sorted(expected)
    head = shop("dataset", "--observations", "labels.csv", "--output", "-", "-q", "--features", ",".join(chosen)).out.split("\n")[0]
    assert head.split(",")[3:] == expected
    report = shop("backfill", "--output", "null:", "--features", ",".join(chosen), "--format", "json").json()
    assert sorted(name for each in report["entities"] for name in each["features"]) == sorted(expected)


@pytest.mark.parametrize("text", WRONG)
def test_wrong_selectors(shop, text):
    message, remedy = WRONG[text]
    commands = (["show", text], ["backfill", "--output", "null:", "--features", text], ["plan", "--features", text], ["graph", "--exclude", text],
                ["dataset", "--observations", "labels.csv", "--output", "t.csv", "--features", text], ["generate", "sql", "--output", "sql", "--features", text])
    for command in commands[:2] if text.startswith("last_") else commands:
        done = shop(*command, code=2)
        assert message in done.err and remedy in done.err and done.out == "", command


def test_internal_features_are_given_out_by_name_only(shop):
    assert sorted(shown(shop)) == sorted(ALL)
    report = shop("backfill", "--output", "store", "--output-format", "csv", "--format", "json").json()
    assert [name for each in report["entities"] for name in each["features"]] == ALL
    manifest = (shop.folder / "store" / "manifest.json").read_text()
    assert "last_order_at" not in [feature["name"] for entity in json.loads(manifest)["entities"] for feature in entity["features"]]
    head = shop("dataset", "--observations", "labels.csv", "--output", "-", "-q").out.split("\n")[0]
    assert head.split(",")[3:] == ALL
    shop("generate", "sql", "--output", "sql")
    assert not list((shop.folder / "sql").rglob("last_order_at*")) and list((shop.folder / "sql").rglob("seconds_since_order*"))
    assert "last_order_at" in shop("graph").out and "last_order_at" in shop("plan").out
    assert "last_order_at" in shop("backfill", "--output", "null:", "--features", "last_order_at,n_orders", "--format", "json").json()["entities"][0]["features"]


def test_internal_does_not_change_a_meaning(shop):
    digests = {each["name"]: each["digest"] for each in shop("plan", "--format", "json").json()["features"]}
    path = shop.folder / "project.yaml"
    path.write_text(path.read_text().replace("internal: true, ", ""))
    assert {each["name"]: each["digest"] for each in shop("plan", "--format", "json").json()["features"]} == digests
    path.write_text(path.read_text().replace("version: \"1.0\", ", "version: \"1.0\", internal: maybe, ", 1))
    assert "`internal`" in shop("check", code=1).out


def test_a_repository_of_internal_features(shop):
    path = shop.folder / "project.yaml"
    path.write_text(path.read_text().replace("version: \"1.0\", ", "version: \"1.0\", internal: true, ").replace("internal: true, tags: [churn], internal", "tags: [churn], internal"))
    assert "every feature of this repository is internal" in shop("show", code=1).err
    assert shown(shop, "n_orders") == ["n_orders"]


@pytest.mark.parametrize("arguments, left", [
    (["--exclude", "paid"], [name for name in ALL if name not in PAID]),
    (["--exclude", "tag:churn,n_sales"], ["seconds_since_order", "paid_per_order"]),
    (["--exclude", "paid+"], ["n_orders", "seconds_since_order", "n_sales"]),
    (["--features", "tag:churn", "--exclude", "paid_max_*"], ["paid_sum_1d", "paid_sum_7d", "n_orders"]),
    (["--features", "+paid_per_order", "--exclude", "last_order_at"], ["paid_sum_1d", "n_orders", "paid_per_order"]),
])
def test_exclude(shop, arguments, left):
    head = shop("dataset", "--observations", "labels.csv", "--output", "-", "-q", *arguments).out.split("\n")[0]
    assert head.split(",")[3:] == left
    report = shop("backfill", "--output", "null:", *arguments, "--format", "json").json()
    assert sorted(name for each in report["entities"] for name in each["features"]) == sorted(left)


def test_nothing_is_left(shop):
    assert "no feature is left" in shop("show", "paid", "--exclude", "tag:money", code=2).err


def test_a_choice_of_entities_without_keys(shop):
    (shop.folder / "labels.csv").write_text("user_id,event_time\nu1,2024-03-02T00:00:00Z\n")
    assert shop("dataset", "--observations", "labels.csv", "--output", "-", "-q", "--exclude", "paid").out.split("\n")[0] == "user_id,event_time,n_orders,seconds_since_order,paid_per_order"
    assert "labels.csv lacks a key of `shop`, the entity of `n_sales`" in shop("dataset", "--observations", "labels.csv", "--output", "-", "--features", "n_*", code=1).err


def test_a_definition_is_not_one_feature(shop):
    done = shop("explain", "paid", "--key", "u1", "--at", "2024-03-02", code=2)
    assert "`paid` is not one feature but stands for 4" in done.err and "paid_sum_1d, paid_sum_7d" in done.err


def test_graph_of_a_choice(shop):
    text = shop("graph", "--features", "n_orders+").out
    assert "paid_per_order" in text and "n_sales" not in text
