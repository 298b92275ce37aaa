"""A topic of Apache's broker into the server's store, beside librdkafka alone, and the server's start after a kill."""
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "flink"))
from servers import KafkaBroker, pause  # noqa: E402

TOPIC, PARTITIONS, PUMPS = "telemetry", 2, 10_000
SPAN = timedelta(hours=20)
RATE_MIN = 10_000  # messages a second, below which a run is given up
QUIET_SECONDS = 0.3  # without anything that became durable: nothing is on its way
TICKS = os.sysconf("SC_CLK_TCK")
DEFINITIONS = """project: {{name: bench, defaults: {{source: telemetry}}}}
---
entity: {{name: pump, key: pump_id}}
---
source:
  name: telemetry
  entity: pump
  event_time: at
  columns: {{pump_id: int64, flow: double, power: double}}
  allowed_lateness: 10m
  stream: {{kafka: {{brokers: "{brokers}", topic: {topic}}}, format: json}}
---
feature:
  name: efficiency
  description: d
  owner: benchmark
  version: "1.0"
  aggregation: {aggregation}
  window: {window}
  source_features: [flow, power]
  formula: flow / power
"""
AGGREGATES = "[count, sum, mean, min, max, range, variance, stddev, first, last]"
WINDOWS = "[1h, 6h, 24h, 7d, 30d]"


def say(text):
    print(text, file=sys.stderr, flush=True)


def cpu_seconds(pid):
    """Of a process, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def written_bytes(pid):
    """What it made the system write to disks."""
    return int(re.search(r"^write_bytes: (\d+)", Path(f"/proc/{pid}/io").read_text(), re.MULTILINE)[1])


def memory_mb(pid):
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) // 1024


def ask(address, path, body=None):
    request = urllib.request.Request(address + path, body and json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


class Server:
    """`headrace serve`, of which `ready_seconds` is how long it took until it answered."""

    def __init__(self, binary, project, data):
        self.begun = time.monotonic()
        command = [binary, "serve", "--project", project, "--data", data, "--listen", "127.0.0.1:0", "--threads", "1", "--quiet"]
        self.process = subprocess.Popen([str(each) for each in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip()
        self.ready_seconds = time.monotonic() - self.begun
        if not self.address:
            raise SystemExit(f"the server did not start: exit code {self.process.wait()}")

    @property
    def pid(self):
        return self.process.pid

    def source(self):
        return ask(self.address, "/v1/sources")["sources"][0]

    def durable(self):
        """How many pieces of the topic are durable."""
        return ask(self.address, f"/v1/sources/telemetry/pushes?from={2**62}")["end"]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def killed_at_the_end(server):
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.kill()


def wait_until_durable(server, messages):
    """Waits until all were taken and none is on its way to the disk any more; returns when that was."""
    give_up = time.monotonic() + 60 + messages / RATE_MIN
    while (source := server.source())["accepted"] < messages:
        if source["late"] or source["unreadable"] or source["problem"]:
            raise SystemExit(f"messages were lost: {source}")
        if time.monotonic() > give_up or server.process.poll() is not None:
            raise SystemExit(f"not all messages came: {source}")
        pause(0.05)
    if source["accepted"] != messages:
        raise SystemExit(f"{source['accepted']} messages were taken instead of {messages}")
    done, end = time.monotonic(), server.durable()
    while time.monotonic() < done + QUIET_SECONDS:
        pause(0.01)
        if end < (end := server.durable()):
            done = time.monotonic()
    return done


def some_values(server, at):
    """Of some pumps at one instant: what a start must give again."""
    dice = random.Random(1)
    names = [feature["name"] for feature in ask(server.address, "/v1/features")["features"]]
    entities = [{"pump_id": dice.randrange(PUMPS)} for _ in range(50)]
    rows = ask(server.address, "/v1/features:read", {"features": names, "entities": entities, "as_of": at})["rows"]
    return [[value["value"] for value in row["values"]] for row in rows]


class Topic:
    """A broker with a full topic, and who reads it."""

    def __init__(self, arguments, folder, broker):
        self.arguments, self.folder, self.broker, self.messages = arguments, folder, broker, arguments.messages
        self.end = datetime.now(timezone.utc) - timedelta(minutes=1)

    def load(self, *words):
        command = [self.arguments.kafka_load, words[0], self.broker.address, TOPIC, self.messages, *words[1:]]
        broker_before = cpu_seconds(self.broker.process.pid)
        done = subprocess.run([str(each) for each in command], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stderr)
        return {**json.loads(done.stdout), "broker_cpu_seconds": cpu_seconds(self.broker.process.pid) - broker_before}

    def fill(self):
        start = self.end - SPAN
        filled = self.load("fill", PUMPS, int(start.timestamp() * 1e6), int(SPAN.total_seconds() * 1e6))
        say(f"filled the topic: {self.messages:,} messages of {filled['bytes'] / self.messages:.0f} bytes in {filled['seconds']:.1f} s")
        return filled["bytes"] / self.messages

    def consume(self):
        row = self.load("consume")
        return self.told({"work": "librdkafka alone", **row})

    def told(self, row):
        row["messages_per_second"] = round(self.messages / row["seconds"])
        row["cpu_us_per_message"] = round(row["cpu_seconds"] / self.messages * 1e6, 3)
        say(f"{row['work']:44} {row['messages_per_second']:>9,} /s  {row['cpu_us_per_message']:>6} us CPU a message  {row['memory_mb']:>6} MB")
        return row

    def serve(self, name, aggregation, window):
        """From nothing to the end of the topic; then a kill, and how long the next start takes."""
        project, data = self.folder / name / "project", self.folder / name / "store"
        project.mkdir(parents=True)
        text = DEFINITIONS.format(brokers=self.broker.address, topic=TOPIC, aggregation=aggregation, window=window)
        (project / "project.yaml").write_text(text)
        (project / "environments.yaml").write_text(f'dev: {{kafka: {{brokers: "{self.broker.address}"}}}}\n')
        loaded, broker_before = os.getloadavg()[0], cpu_seconds(self.broker.process.pid)
        at = (self.end - timedelta(minutes=5)).isoformat()
        with killed_at_the_end(Server(self.arguments.binary, project, data)) as server:
            row = {"work": name, "seconds": wait_until_durable(server, self.messages) - server.begun, "cpu_seconds": cpu_seconds(server.pid), "load_before": loaded,
                   "broker_cpu_seconds": cpu_seconds(self.broker.process.pid) - broker_before, "memory_mb": memory_mb(server.pid),
                   "written_bytes_per_message": round(written_bytes(server.pid) / self.messages, 1)}
            self.told(row)
            before = some_values(server, at)
            server.kill()
        row["store_bytes_per_message"] = round(sum(each.stat().st_size for each in data.rglob("*") if each.is_file()) / self.messages, 1)
        row["start"] = self.start_again(project, data, at, before)
        return row

    def start_again(self, project, data, at, before):
        with killed_at_the_end(Server(self.arguments.binary, project, data)) as server:
            start = {"ready_seconds": round(server.ready_seconds, 2), "cpu_seconds": cpu_seconds(server.pid), "memory_mb": memory_mb(server.pid)}
            if server.source()["accepted"] != self.messages or some_values(server, at) != before:
                raise SystemExit("a start after a kill gives other events or other values")
        say(f"  ready {start['ready_seconds']:.1f} s after kill -9 ({start['cpu_seconds']:.1f} s CPU, {start['memory_mb']} MB), with the same values")
        return start


def measure(arguments, folder):
    with KafkaBroker(folder, partitions=PARTITIONS) as broker:
        topic = Topic(arguments, folder, broker)
        message_bytes = topic.fill()
        # Alone once more at the end; the faster one counts.
        alone = topic.consume()
        rows = [topic.serve("1 feature", "[mean]", "24h"), topic.serve("50 features", AGGREGATES, WINDOWS)]
        alone = min(alone, topic.consume(), key=lambda row: row["cpu_seconds"])
    return {"messages": topic.messages, "message_bytes": round(message_bytes, 1), "alone": alone, "rows": rows}
