#!/usr/bin/env python3
"""Values over HTTP: the server, nginx with files of the same size, and Redis GET, in one run on the same two cores.

    run.py [--seconds 5] [--no-peers] [--no-write]

The server under test has one core, the client (`load`) the other. Each is measured in a closed loop first, which gives the most
requests a second, and then in an open loop at half of that, whose latencies count from when a request was due. CPU time of the
server a request stands beside them: it suffers less from neighbours than seconds do. Writes results.json and the table of README.md.
"""
import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))
from machine import facts  # noqa: E402

SERVER_CORE, CLIENT_CORE = "0", "1"
PUMPS = 10_000
EVENTS = 200_000
CONNECTIONS = 16
INGESTED = 50_000  # events a second, in pushes of
PUSH_EVENTS = 2_500
NO_TIME = "0000-00-00T00:00:00.000000Z"  # the client puts that of sending there
DEFINITIONS = """project: {name: bench, defaults: {source: telemetry}}
---
entity: {name: pump, key: pump_id}
---
source: {name: telemetry, entity: pump, event_time: at, columns: {pump_id: int64, flow: double, power: double}, batch: {format: csv, path: telemetry.csv}}
---
feature:
  name: efficiency
  description: d
  owner: benchmark
  version: "1.0"
  aggregation: [count, sum, mean, min, max, range, variance, stddev, first, last]
  window: [1h, 6h, 24h, 7d, 30d]
  source_features: [flow, power]
  formula: flow / power
"""
AGGREGATES = ("count", "sum", "mean", "min", "max", "range", "variance", "stddev", "first", "last")
TEN = [f"efficiency_{name}_24h" for name in AGGREGATES]
FIFTY = [f"efficiency_{name}_{window}" for window in ("1h", "6h", "24h", "7d", "30d") for name in AGGREGATES]
NGINX = """daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.err;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nodelay on;
  keepalive_requests 100000000;
  open_file_cache max=1000 inactive=60s;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; default_type application/json; }}
}}
"""


def free_port():
    import socket
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return line.getsockname()[1]


def cpu_seconds(pid):
    """Of a process and of those it started."""
    pids, ticks = [pid], 0
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        pids.append(int(child))
    for each in pids:
        fields = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_mb(pid):
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) // 1024


@contextmanager
def started(command, is_up, **options):
    process = subprocess.Popen(["taskset", "-c", SERVER_CORE, *map(str, command)], **options)
    try:
        deadline = time.monotonic() + 60
        while not is_up(process):
            if time.monotonic() > deadline or process.poll() is not None:
                raise SystemExit(f"{command[0]} did not start")
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def http_request(method, target, body="", content_type="application/json"):
    head = f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    if body:
        head += f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
    return (head + "\r\n" + body).encode()


def write_requests(file, requests):
    file.write_bytes(b"".join(b"%d\n%s" % (len(each), each) for each in requests))
    return file


def load(arguments, port, protocol, requests, rate, pushes):
    command = ["taskset", "-c", CLIENT_CORE, arguments.load, port, protocol, requests, CONNECTIONS, arguments.seconds, rate]
    if pushes:
        command += [pushes, INGESTED / PUSH_EVENTS]
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def measured(arguments, name, pid, port, protocol, requests, pushes=None):
    before, loaded = cpu_seconds(pid), os.getloadavg()[0]
    closed = load(arguments, port, protocol, requests, 0, pushes)
    cpu_us = (cpu_seconds(pid) - before) / closed["requests"] * 1e6
    most = closed["requests"] / closed["seconds"]
    opened = load(arguments, port, protocol, requests, most / 2, pushes)
    if closed["failed"] or opened["failed"]:
        raise SystemExit(f"{name}: {closed['failed'] + opened['failed']} answers were failures")
    row = {"work": name, "requests_per_second": round(most), "cpu_us_per_request": round(cpu_us, 1), "answer_bytes": closed["bytes"] // closed["requests"],
           "open_loop_rate": round(most / 2), **{key: opened[key] for key in ("p50_us", "p99_us", "p999_us", "max_us")}, "memory_mb": memory_mb(pid), "load_before": loaded}
    if pushes:
        row["ingested_per_second"] = round(opened["accepted"] / opened["seconds"])
    print(f"{name:42} {row['requests_per_second']:>8,} /s  {row['cpu_us_per_request']:>8} us CPU  p50 {row['p50_us']:>8} us  p99 {row['p99_us']:>8} us", file=sys.stderr)
    return row


def event_lines(count, random_, start, span):
    """In order of time."""
    out = []
    for i in range(count):
        at = (start + span * (i / count)).isoformat().replace("+00:00", "Z")
        out.append(f'{{"pump_id":{random_.randrange(PUMPS)},"at":"{at}","flow":{random_.random() * 100:.3f},"power":{1 + random_.random():.3f}}}')
    return out


def push(port, lines):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/sources/telemetry/events", "\n".join(lines).encode(), {"Content-Type": "application/x-ndjson"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def push_request(random_):
    """Of random pumps; the client sets the times."""
    lines = [f'{{"pump_id":{random_.randrange(PUMPS)},"at":"{NO_TIME}","flow":{random_.random() * 100:.3f},"power":1.5}}' for _ in range(PUSH_EVENTS)]
    return http_request("POST", "/v1/sources/telemetry/events", "\n".join(lines), "application/x-ndjson")


def measure_headrace(arguments, folder):
    project = folder / "project"
    (project / "features").mkdir(parents=True)
    head, *features = DEFINITIONS.split("---\nfeature:")
    (project / "project.yaml").write_text(head)
    (project / "features" / "efficiency.yaml").write_text("feature:" + features[0])
    address = []

    def is_up(process):
        address.append(process.stdout.readline().strip())
        return bool(address[-1])

    rows = []
    with started([arguments.binary, "serve", "--project", project, "--listen", "127.0.0.1:0", "--threads", "1", "--quiet"], is_up, stdout=subprocess.PIPE, text=True) as server:
        port = int(address[-1].rsplit(":", 1)[1])
        random_ = random.Random(1)
        lines = event_lines(EVENTS, random_, datetime.now(timezone.utc) - timedelta(hours=30), timedelta(hours=30))
        for start in range(0, EVENTS, 20_000):
            push(port, lines[start:start + 20_000])

        def body(features, pumps):
            return json.dumps({"features": features, "entities": [{"pump_id": random_.randrange(PUMPS)} for _ in range(pumps)]}, separators=(",", ":"))

        one = write_requests(folder / "one", [http_request("POST", "/v1/features:read", body(TEN, 1)) for _ in range(5000)])
        many = write_requests(folder / "many", [http_request("POST", "/v1/features:read", body(FIFTY, 100)) for _ in range(200)])
        rows.append(measured(arguments, "1 entity, 10 features", server.pid, port, "http", one))
        pushes = write_requests(folder / "pushes", [push_request(random_) for _ in range(8)])
        rows.append(measured(arguments, "the same while ingesting", server.pid, port, "http", one, pushes))
        rows.append(measured(arguments, "100 entities, 50 features", server.pid, port, "http", many))
    return rows


def measure_nginx(arguments, folder, answer_bytes):
    port = free_port()
    (folder / "files").mkdir()
    for number in range(100):
        (folder / "files" / str(number)).write_bytes(b"x" * answer_bytes)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    os.chmod(folder, 0o755)
    requests = write_requests(folder / "nginx", [http_request("GET", f"/{number}") for number in range(100)])

    def is_up(_):
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{port}/0", timeout=5).status == 200
        except OSError:
            return False

    with started(["nginx", "-p", folder, "-c", folder / "nginx.conf"], is_up, stderr=subprocess.DEVNULL) as server:
        return measured(arguments, "nginx, a file of the same size", server.pid, port, "http", requests)


def measure_redis(arguments, folder, answer_bytes):
    port = free_port()

    def client(*words):
        return subprocess.run(["redis-cli", "-p", str(port), *words], capture_output=True, text=True).stdout.strip()

    with started(["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder], lambda _: client("ping") == "PONG", stdout=subprocess.DEVNULL) as server:
        for number in range(100):
            client("set", f"k{number}", "x" * answer_bytes)
        requests = write_requests(folder / "redis", [f"*2\r\n$3\r\nGET\r\n${len(key)}\r\n{key}\r\n".encode() for key in (f"k{n}" for n in range(100))])
        return measured(arguments, "Redis GET of the same size", server.pid, port, "redis", requests)


def table(result):
    what = result["machine"]
    loads = [row["load_before"] for row in result["rows"]]
    out = [f"`benchmarks/serving/run.sh`, {what['date']}: {what['cpu']}, a core for the server and one for the client, {CONNECTIONS} connections; load before the measurements "
           f"{min(loads):.1f} to {max(loads):.1f}.", "",
           "| work | requests/s | of nginx | server CPU a request, us | p50, us | p99, us | p99.9, us | bytes an answer |", "|---|---|---|---|---|---|---|---|"]
    nginx = next((row["requests_per_second"] for row in result["rows"] if row["work"].startswith("nginx")), None)
    for row in result["rows"]:
        work = row["work"] + (f" ({row['ingested_per_second']:,} events/s)" if "ingested_per_second" in row else "")
        share = f"{row['requests_per_second'] / nginx:.2f}" if nginx and "entities" not in row["work"] else ""
        out.append(f"| {work} | {row['requests_per_second']:,} | {share} | {row['cpu_us_per_request']:,} | {row['p50_us']:,.0f} | {row['p99_us']:,.0f} | {row['p999_us']:,.0f} | {row['answer_bytes']:,} |")
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--no-write", action="store_true", help="leave results.json and README.md as they are")
    parser.add_argument("--binary", default=ROOT / "build/headrace")
    parser.add_argument("--load", default=ROOT / "build/load")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        rows = measure_headrace(arguments, folder)
        if not arguments.no_peers:
            rows.append(measure_nginx(arguments, folder, rows[0]["answer_bytes"]))
            rows.append(measure_redis(arguments, folder, rows[0]["answer_bytes"]))
    result = {"machine": facts(arguments.binary), "rows": rows}
    print(table(result))
    if not arguments.no_write:
        (HERE / "results.json").write_text(json.dumps(result, indent=1) + "\n")
        readme = HERE / "README.md"
        text = readme.read_text()
        start, end = text.index("<!-- measured: begin -->"), text.index("<!-- measured: end -->")
        readme.write_text(text[:start] + "<!-- measured: begin -->\n" + table(result) + text[end:])


if __name__ == "__main__":
    main()
