"""Streams and real brokers: logins, settings of Kafka's clients, messages that cannot be read, where late events go."""
import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from redis_server import redis_server

HERE = Path(__file__).parent
PROJECT = """
project: {name: meters}
---
entity: {name: meter, key: id}
---
source:
  name: readings
  entity: meter
  event_time: at
  columns: {id: string, x: double}
  stream: {kafka: {brokers: "localhost:9092", topic: readings, group: g}}
---
feature: {name: total, description: d, owner: t, version: "1.0", aggregation: sum, window: 1h, source_features: [x]}
"""
SETTINGS = r"""
# How clients log in.
! Another comment.
security.protocol=SASL_SSL
sasl.jaas.config = org.example.Login required \
    username="alice" \
    password="a=b:c\\d";
auto.offset.reset: latest
"""
JAAS = r'org.example.Login required username="alice" password="a=b:c\d";'


def run(command, folder, **more):
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True, timeout=300, **more)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def meters(tmp_path_factory, binary):
    folder = tmp_path_factory.mktemp("meters")
    (folder / "project.yaml").write_text(PROJECT)
    (folder / "client.properties").write_text(SETTINGS)
    run([binary, "generate", "beam", "--output", "code", "--quiet"], folder)
    return folder


def steps(meters, beam_python, out, *options):
    return json.loads(run([beam_python, "-B", HERE / "broker_steps.py", "code", out, *options], meters))


def records_of(path):
    return {tuple(json.loads(key)): json.loads(value) for key, value in map(json.loads, path.read_text().splitlines())}


@pytest.fixture(scope="module")
def with_bad_messages(meters, beam_python, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    topics = ["--kafka=b1:9/rows", "--late=b2:9/late", "--bad_messages=b3:9,b4:9/bad"]
    return steps(meters, beam_python, out, *topics, "--kafka_config=client.properties"), out


def test_settings_reach_every_client_of_kafka(with_bad_messages):
    ours = {"acks": "all", "enable.idempotence": "true"}
    theirs = {"security.protocol": "SASL_SSL", "sasl.jaas.config": JAAS, "auto.offset.reset": "latest"}
    assert with_bad_messages[0]["configurations"] == {
        "readings": theirs | {"bootstrap.servers": "localhost:9092", "group.id": "g"},
        "rows": ours | theirs | {"bootstrap.servers": "b1:9"},
        "late": ours | theirs | {"bootstrap.servers": "b2:9"},
        "bad": ours | theirs | {"bootstrap.servers": "b3:9,b4:9"},
    }


def test_bad_messages_go_elsewhere_and_the_stream_goes_on(with_bad_messages):
    seen, out = with_bad_messages
    bad = records_of(out / "bad")
    assert seen["problem"] is None and seen["counters"]["bad_messages"] == len(bad) == 7
    assert len((out / "events").read_text().splitlines()) == 2
    reasons = {
        (0, 1): "it is a tombstone",
        (0, 2): "column `x`: 'one' is not of type double",
        (1, 0): "is not JSON",
        (1, 1): "nested too deeply",
        (1, 2): "`id` is null",
        (1, 3): "`at` is null",
        (1, 4): "column `id`: ",
    }
    for place, reason in reasons.items():
        record = bad["meters", "readings", *place]
        assert reason in record["reason"] and [record["partition"], record["offset"]] == list(place)
    assert bad["meters", "readings", 0, 1]["message"] is None
    assert json.loads(bad["meters", "readings", 0, 2]["message"])["x"] == "one"
    assert base64.b64decode(bad["meters", "readings", 1, 0]["message_base64"]) == b"\xff{"


def test_a_bad_message_stops_the_job_by_default(meters, beam_python, tmp_path):
    seen = steps(meters, beam_python, tmp_path, "--kafka=b1:9/rows")
    assert seen["problem"].startswith("readings: partition 0, offset 1: a message has no value")
    assert set(seen["configurations"]) == {"readings", "rows"}


def test_late_rows_of_a_table(root, beam_python, tmp_path):
    templates = root / "src" / "codegen" / "beam" / "templates"
    (row,) = json.loads(run([beam_python, "-B", HERE / "late_rows.py", templates], tmp_path))
    assert row == {
        "id": "7",
        "site": 3,
        "event_time": "2024-03-01T01:00:00Z",
        "source": "readings",
        "arrival": '["00000002",5]',
        "columns": '{"x":1.5,"seen":"2024-03-01T01:00:00Z"}',
    }


def login(root, beam_python, folder, *options, environment=None):
    templates = root / "src" / "codegen" / "beam" / "templates"
    command = [beam_python, "-B", HERE / "redis_login.py", templates, *options]
    return run(command, folder, env=os.environ | (environment or {})).strip()


def test_redis_with_a_password(root, beam_python, tmp_path):
    (tmp_path / "password").write_text("s3cret word\n")
    (tmp_path / "wrong").write_text("guess")
    alice = ["--user", "alice", "on", ">of alice", "~*", "+@all"]
    (tmp_path / "alices").write_text("of alice\n")
    with redis_server(tmp_path, "--requirepass", "s3cret word", *alice) as port:
        server = f"--redis=127.0.0.1:{port}"
        assert login(root, beam_python, tmp_path, server, "--redis_password_file=password") == "written"
        assert login(root, beam_python, tmp_path, server, "--redis_user=alice", "--redis-password-file=alices") == "written"
        assert "AuthenticationError" in login(root, beam_python, tmp_path, server)
        refused = login(root, beam_python, tmp_path, server, "--redis_password_file=wrong")
        assert "AuthenticationError" in refused and "guess" not in refused


def test_redis_with_tls(root, beam_python, tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", *subject], tmp_path)
    files = ["--tls-cert-file", tmp_path / "cert.pem", "--tls-key-file", tmp_path / "key.pem", "--tls-auth-clients", "no"]
    with redis_server(tmp_path, *files) as port:
        server = f"--redis=rediss://127.0.0.1:{port}"
        trusted = {"SSL_CERT_FILE": str(tmp_path / "cert.pem")}
        assert login(root, beam_python, tmp_path, server, environment=trusted) == "written"
        assert "ConnectionError" in login(root, beam_python, tmp_path, server)
