"""A stream from Pub/Sub on Beam's own runner: real messages from a server that speaks its protocol, into Redis."""
import json
import os
import subprocess

import pytest
import redis as redis_client
import redis_rows
import servers
import station
from google.cloud import pubsub_v1

SUBSCRIPTION = "projects/p/subscriptions/readings"
TOPIC = "projects/p/topics/readings"


class PubSub(servers.Server):
    name = "pubsub"

    def command(self):
        program = servers.CACHE / "tools" / "pubsub-server"
        if not program.exists():
            pytest.skip("pubsub-server is not there: tools/setup.sh flink makes it where Go is installed")
        return [program, "-port", self.port]


@pytest.fixture
def pubsub(server_folder, monkeypatch):
    with PubSub(server_folder) as server:
        monkeypatch.setenv("PUBSUB_EMULATOR_HOST", server.address)
        publisher, subscriber = pubsub_v1.PublisherClient(), pubsub_v1.SubscriberClient()
        publisher.create_topic(name=TOPIC)
        subscriber.create_subscription(name=SUBSCRIPTION, topic=TOPIC)
        yield publisher
        subscriber.close()


def test_from_pubsub_into_redis(tmp_path, binary, python, pubsub, redis, record):
    text = station.BASE.replace('{kafka: {brokers: "BROKERS", topic: readings}, format: json}', "{pubsub: {project: p, subscription: readings}, format: json}")
    station.make(tmp_path, binary, text=text)
    events = sorted(station.events(), key=lambda event: event["at"])
    for event in events:
        pubsub.publish(TOPIC, json.dumps(event, ensure_ascii=False).encode(), at=event["at"]).result()
    command = [python, "code/pipeline.py", "--mode", "stream", "--redis", redis.address, "--pubsub_time_attribute", "at",
               "--runner=apache_beam.runners.direct.direct_runner.BundleBasedDirectRunner"]
    store = redis_client.Redis(port=redis.port)
    with open(tmp_path / "client.log", "wb") as log:
        client = subprocess.Popen([str(part) for part in command], cwd=tmp_path, stdout=log, stderr=log, env=os.environ | {"PYTHONUNBUFFERED": "1"})
        try:
            servers.wait_until(lambda: len(store.keys()) == len(station.KEYS), "rows in Redis", client, 120)
            there = redis_rows.settled(store)
        finally:
            client.terminate()
            client.wait()
    assert redis_rows.expected(tmp_path, binary, redis_rows.times_of(tmp_path, there)) == there
    record("newest rows from Pub/Sub into Redis, DirectRunner", len(there))
