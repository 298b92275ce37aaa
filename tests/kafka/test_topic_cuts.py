"""Values that begin with files and go on with a topic, from when on that is complete as its broker tells: no gap, nothing twice."""
import json
import random
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from running_server import PATIENCE, running
from servers import KafkaBroker
from test_kafka import PUMPS, batch_values, produce, values, wait_for, write_station

PYTHON = Path(__file__).resolve().parents[2] / ".venv-kafka" / "bin" / "python"
FILL = "  sources: {telemetry: {fill: {}}}\n"
REMOVE = """
import json, sys
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
order = json.load(sys.stdin)
places = [TopicPartition(order["topic"], int(partition), offset) for partition, offset in order["before"].items()]
client = AdminClient({"bootstrap.servers": order["brokers"]})  # has to live until they are done
for done in client.delete_records(places).values():
    done.result(30)
"""


class DatingBroker(KafkaBroker):
    """Dates messages when it takes them."""

    def properties(self):
        return super().properties() + "log.message.timestamp.type=LogAppendTime\n"


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    with DatingBroker(tmp_path_factory.mktemp("kafka"), partitions=2) as broker:
        yield broker


def event(at, dice):
    return json.dumps({"pump_id": dice.choice(PUMPS), "at": at.isoformat(), "flow": round(dice.random() * 100, 3)})


def happening_now(count, dice):
    now = datetime.now(timezone.utc)
    return [event(now + timedelta(microseconds=i), dice) for i in range(count)]


def earlier(count, dice):
    now = datetime.now(timezone.utc)
    return [event(now - timedelta(minutes=1 + dice.random() * 200), dice) for _ in range(count)]


def remove(broker, topic, before):
    order = {"brokers": broker.address, "topic": topic, "before": before}
    subprocess.run([PYTHON, "-c", REMOVE], input=json.dumps(order), text=True, check=True, timeout=PATIENCE * 4)


def check_values(binary, folder, server, lines):
    at = datetime.now(timezone.utc).isoformat()
    assert values(server, at) == batch_values(binary, folder, lines, at)


@pytest.mark.parametrize("is_removed", [False, True])
def test_a_topic_tells_from_when_on_it_is_complete(binary, broker, tmp_path, is_removed):
    folder, dice, topic = tmp_path / "station", random.Random(21), f"cut-{is_removed}"
    write_station(folder, broker, topic, FILL)
    lines = earlier(200, dice)
    for partition in (0, 1, 0):
        sent = happening_now(30, dice)
        produce(broker, topic, sent, partition)
        lines += sent
    if is_removed:
        remove(broker, topic, {0: 30})
    reaching = happening_now(1, dice)  # the files reach up to the instant
    produce(broker, topic, reaching, 1)
    lines += reaching
    (folder / "topic.ndjson").write_text("\n".join(lines))

    said = "partition 0 begins at offset 30" if is_removed else "no message was removed"
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        server.wait_for(said)
        status = wait_for(lambda status: status["accepted"] + status["covered"] == (61 if is_removed else 91) and status["lag"] == 0, server)
        cut = status["filled_before"]
        before = [line for line in lines if datetime.fromisoformat(json.loads(line)["at"]) < datetime.fromisoformat(cut)]
        assert status["filled_rows"] == len(before)
        check_values(binary, folder, server, lines)

    # The store knows its cut, whatever the topic still has.
    remove(broker, topic, {0: 60, 1: 31})
    sent = happening_now(20, dice)
    produce(broker, topic, sent, 1)
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        status = wait_for(lambda status: status["accepted"] + status["covered"] == (81 if is_removed else 111) and status["lag"] == 0, server)
        assert status["filled_before"] == cut
        check_values(binary, folder, server, lines + sent)


@pytest.mark.parametrize(("removed", "said"), [(None, "no message has come yet"), (5, "partition 0 has none of its 5 messages left")])
def test_what_nobody_can_tell_is_to_be_said(binary, broker, tmp_path, removed, said):
    folder, dice, topic = tmp_path / "station", random.Random(22), f"unknown-{removed}"
    write_station(folder, broker, topic)
    (folder / "topic.ndjson").write_text("\n".join(earlier(20, dice)))
    if removed:
        produce(broker, topic, happening_now(removed, dice), 0)
        remove(broker, topic, {0: removed})
    else:
        subprocess.run(["kcat", "-L", "-b", broker.address, "-t", topic], check=True, capture_output=True, timeout=PATIENCE)
    command = [binary, "serve", "--project", folder, "--listen", "127.0.0.1:0", "--fill-before", "telemetry=topic"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE * 2)
    assert done.returncode != 0 and said in done.stderr and "--fill-before SOURCE=TIME" in done.stderr, done.stderr
