"""Google's own test server of Pub/Sub, its own client as publisher, and a station that reads a subscription."""
import csv
import json
import os
import random
import subprocess
import threading
import time
from datetime import datetime, timedelta, timezone

import pytest
import servers
from google.cloud import pubsub_v1
from running_server import PATIENCE

PROJECT = "projects/station"
DEFINITIONS = """project: {{name: station, defaults: {{source: telemetry}}}}
---
entity: {{name: pump, key: pump_id}}
---
source:
  name: telemetry
  entity: pump
  event_time: at
  columns: {{flow: double}}
  allowed_lateness: 1h
  batch: {{format: ndjson, path: published.ndjson}}
  stream: {{pubsub: {{project: elsewhere, subscription: {name}}}, format: json}}
"""
FEATURE = """---
feature: {{name: {name}, owner: o, version: "1.0", description: d, source_features: [flow], formula: flow, aggregation: {aggregation}, window: {window}}}
"""
FEATURES = [("flow_sum", "sum", "6h"), ("flow_count", "count", "6h"), ("flow_last", "last", "6h"), ("flow_all", "sum", "lifetime")]
PUMPS = [f"p{i}" for i in range(5)]
START = datetime.now(timezone.utc) - timedelta(minutes=40)


class PubSub(servers.Server):
    """The server keeps all in memory; topics and subscriptions share their names."""

    name = "pubsub"

    def command(self):
        program = servers.CACHE / "tools" / "pubsub-server"
        if not program.exists():
            pytest.skip("pubsub-server is not there: tools/setup.sh pubsub makes it where Go is installed")
        return [program, "-port", self.port]

    def start(self):
        super().start()
        os.environ["PUBSUB_EMULATOR_HOST"] = self.address
        options = pubsub_v1.types.PublisherOptions(enable_message_ordering=True)
        self.publisher, self.subscriber = pubsub_v1.PublisherClient(publisher_options=options), pubsub_v1.SubscriberClient()
        return self

    def stop(self):
        self.publisher.stop()
        self.subscriber.close()
        super().stop()

    def topic(self, name, is_ordered=False):
        self.publisher.create_topic(name=f"{PROJECT}/topics/{name}")
        self.subscribe(name, is_ordered)

    def subscribe(self, name, is_ordered=False, topic=None):
        self.subscriber.create_subscription(request={"name": f"{PROJECT}/subscriptions/{name}", "topic": f"{PROJECT}/topics/{topic or name}",
                                                     "enable_message_ordering": is_ordered, "ack_deadline_seconds": 10})

    def publish(self, name, lines, key=""):
        """All of it was acknowledged to the publisher when this returns."""
        futures = [self.publisher.publish(f"{PROJECT}/topics/{name}", line.encode(), ordering_key=key) for line in lines]
        for future in futures:
            future.result(PATIENCE * 4)

    def left(self, name):
        """Messages that would be delivered now."""
        answer = self.subscriber.pull(request={"subscription": f"{PROJECT}/subscriptions/{name}", "max_messages": 1000, "return_immediately": True})
        return [message.message.data.decode() for message in answer.received_messages]


def write_station(folder, service, name, sources="", pubsub=""):
    folder.mkdir(parents=True)
    features = "".join(FEATURE.format(name=feature, aggregation=aggregation, window=window) for feature, aggregation, window in FEATURES)
    (folder / "project.yaml").write_text(DEFINITIONS.format(name=name) + features)
    (folder / "environments.yaml").write_text(f"dev:\n  pubsub: {{project: station, endpoint: \"{service.address}\"{pubsub}}}\n{sources}")


def event(number, dice):
    at = START + timedelta(seconds=number * 0.05 - dice.random() * 600)
    return json.dumps({"pump_id": dice.choice(PUMPS), "at": at.isoformat(), "flow": round(dice.random() * 100, 3)})


def telemetry(server):
    return server.get("/v1/sources")[1]["sources"][0]


def wait_for(is_true, server, seconds=PATIENCE * 2):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        status = telemetry(server)
        if is_true(status):
            return status
        threading.Event().wait(0.05)
    raise AssertionError(f"not within {seconds} s: {status}")


def everything(server, count):
    return wait_for(lambda status: status["accepted"] + status["late"] + status["unreadable"] == count, server)


def values(server, at):
    body = {"features": [name for name, *_ in FEATURES], "entities": [{"pump_id": pump} for pump in PUMPS], "as_of": at}
    status, answer = server.get("/v1/features:read", method="POST", headers={"Content-Type": "application/json"}, body=json.dumps(body))
    assert status == 200, answer
    return [[value["value"] for value in row["values"]] for row in answer["rows"]]


def batch_values(binary, folder, lines, at):
    """The oracle: the batch engine over what was published and acknowledged to its publisher."""
    (folder / "published.ndjson").write_text("\n".join(lines))
    (folder / "asked.csv").write_text("pump_id,event_time\n" + "".join(f"{pump},{at}\n" for pump in PUMPS))
    out = folder / "answers.csv"
    done = subprocess.run([binary, "dataset", "--project", folder, "--observations", folder / "asked.csv", "--output", out, "--on-bad-row", "skip"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(open(out, newline="")))
    return [[float(row[name]) if row[name] else None for name, *_ in FEATURES] for row in rows]


def dice_of(seed):
    return random.Random(seed)


def now():
    return datetime.now(timezone.utc)
