"""A stream from Pub/Sub on Beam's own runner: real messages from a server that speaks its protocol, into Redis."""
import datetime
import json
import subprocess

import pytest
import redis as redis_client
import redis_rows
import servers
import station
from google.cloud import pubsub_v1

SUBSCRIPTION = "projects/project-1/subscriptions/readings"
TOPIC = "projects/project-1/topics/readings"
KAFKA = '{kafka: {brokers: "BROKERS", topic: readings}, format: json}'


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


def recent_events():
    """The station's, within the last minutes: this runner's watermark is the clock, and the allowed lateness covers them."""
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=14)
    step = datetime.timedelta(minutes=12) / station.MINUTES
    out = station.arrivals()
    for event in out:
        at = start + redis_rows.microseconds(event["at"]) // 60_000_000 % station.MINUTES * step
        event["at"] = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return out


def test_from_pubsub_into_redis(tmp_path, binary, python, pubsub, redis, record):
    text = station.BASE.replace(KAFKA, "{pubsub: {project: project-1, subscription: readings}, format: json}")
    events = recent_events()
    station.make(tmp_path, binary, text=text, events=events)
    for event in events:
        pubsub.publish(TOPIC, json.dumps(event, ensure_ascii=False).encode(), at=event["at"]).result()
    command = [python, "code/pipeline.py", "--mode", "stream", "--redis", redis.address, "--pubsub_time_attribute", "at",
               "--runner=apache_beam.runners.direct.direct_runner.BundleBasedDirectRunner"]
    store = redis_client.Redis(port=redis.port)

    def is_equal():
        """Rows age with the clock: each is compared at its own time."""
        there = redis_rows.hashes(store)
        return len(there) == len(station.KEYS) and redis_rows.expected(tmp_path, binary, redis_rows.times_of(tmp_path, there)) == there

    with open(tmp_path / "client.log", "wb") as log:
        client = subprocess.Popen([str(part) for part in command], cwd=tmp_path, stdout=log, stderr=log)
        try:
            servers.wait_until(is_equal, "the native engine's values in Redis", client, 120)
        finally:
            client.terminate()
            client.wait()
    record("newest rows from Pub/Sub into Redis, on Beam's own runner", len(station.KEYS))
