"""Runs the tests of this folder and writes what came of them to docs/reference/flink-runs.json.

    own_network.py record.py [--keep]      --keep leaves the record as it is

The record names the command, the commit, the date and the digest of the code that was measured; a test of tests/structure
fails when that code has changed since. A run in which a test failed or was skipped writes nothing.
"""
import datetime
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measured import RECORD, ROOT, digest_of_code

COMMAND = "make test-flink"
PACKAGES = ("apache-beam", "apache-flink-libraries", "pyarrow", "redis", "confluent-kafka")


def output_of(*command):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def versions():
    out = {name: importlib.metadata.version(name) for name in PACKAGES}
    pom = (ROOT / "tests" / "flink" / "poms" / "kafka.xml").read_text()
    out["kafka broker"] = re.findall(r"<version>([\d.]+)</version>", pom)[-1]
    out["redis server"] = re.search(r"v=([\d.]+)", output_of("redis-server", "--version"))[1]
    out["python"] = sys.version.split()[0]
    java = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True).stderr
    out["java"] = re.search(r'"([^"]+)"', java)[1]
    return out


def main():
    digest, start = digest_of_code(), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder) / "runs.ndjson"
        environment = os.environ | {"HEADRACE_FLINK_RUNS": str(runs)}
        tests = [sys.executable, "-m", "pytest", "tests/flink", "-q", "-rs", "-W", "ignore", "--durations=8", "--junit-xml", f"{folder}/tests.xml"]
        code = subprocess.run(tests, cwd=ROOT, env=environment).returncode
        if code != 0:
            sys.exit(code)
        counted = re.search(r'errors="(\d+)" failures="(\d+)" skipped="(\d+)" tests="(\d+)"', (Path(folder) / "tests.xml").read_text())
        if counted[3] != "0":
            sys.exit(f"record: {counted[3]} tests were skipped; nothing is recorded")
        recorded = [json.loads(line) for line in runs.read_text().splitlines()]
    record = {
        "command": COMMAND,
        "commit": output_of("git", "rev-parse", "HEAD").strip(),
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        "code": digest,
        "network": "a namespace of its own" if os.environ.get("HEADRACE_OWN_NETWORK") else "the network of the machine",
        "seconds": round(time.monotonic() - start),
        "tests": int(counted[4]),
        "versions": versions(),
        "runs": recorded,
    }
    if "--keep" not in sys.argv:
        RECORD.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
        print(f"record: {RECORD.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
