"""environments.yaml: which one holds, what wins over it, and what is wrong in it."""
import os
import subprocess
import threading
import time

import pytest
from running_server import PATIENCE, running

ENVIRONMENTS = """dev:
  listen: 127.0.0.1:0
  data: stores/${PLACE:-dev}
other:
  listen: 127.0.0.1:0
  data: stores/other
  kafka: {brokers: "127.0.0.1:1", settings: {sasl.password: "${NOT_SET_ANYWHERE}"}}
"""


def serve(binary, project, *arguments):
    return subprocess.run([binary, "serve", "--project", project, *arguments], capture_output=True, text=True, timeout=60,
                          env=os.environ | {"NO_COLOR": "1"})


def test_dev_holds_and_options_win(binary, project, tmp_path):
    (project / "environments.yaml").write_text(ENVIRONMENTS)
    with running(binary, project) as server:
        assert server.port != 7077
        assert server.stop() == 0
    assert (project / "stores/dev").is_dir() and not (project / ".headrace").exists()
    with running(binary, project, "--data", tmp_path / "mine") as server:
        assert server.stop() == 0
    assert (tmp_path / "mine").is_dir()


def test_no_file_is_needed(binary, project):
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        assert server.stop() == 0
    done = serve(binary, project, "--env", "prod")
    assert done.returncode == 2 and "there is no environment `prod`" in done.stderr and "environments.yaml" in done.stderr


@pytest.mark.parametrize("text, name, code, said", [
    (ENVIRONMENTS, "othr", 2, "did you mean `other`?"),
    (ENVIRONMENTS, "other", 3, "environments.yaml:7:"),
    ("dev: {lisen: x}", "dev", 1, "did you mean `listen`?"),
    ("dev: {tokens: none.txt}", "dev", 3, "none.txt"),
    ("dev: {listen: nowhere}", "dev", 2, "nowhere"),
    ("dev: {kafka: {settings: {sasl.password_file: none.txt}}}", "dev", 3, "none.txt"),
    ("dev: {kafka: {settings: {enable.auto.commit: true}}}", "dev", 2, "is not yours to make"),
    ("dev: {kafka: {settings: {sasl.password: hunter2}}}", "dev", 1, "write the variable that has it"),
    ("dev: {kafka: {}, sources: {telemetry: {format: avro}}}", "dev", 1, "nothing says where the schemas of avro are"),
    ("dev: {kafka: {registry: {url: nowhere}}, sources: {telemetry: {format: avro}}}", "dev", 2, "nowhere"),
    ("dev: {kafka: {registry: {url: 'http://a:1', password_file: none.txt}}}", "dev", 3, "none.txt"),
    ("dev: {kafka: {}, sources: {telemetry: {format: avro, schema_file: none.avsc}}}", "dev", 3, "none.avsc"),
    ("dev: {kafka: {}, sources: {telemetry: {format: avro, schema_file: project.yaml}}}", "dev", 2, "is no schema of Avro"),
    ("dev: {kafka: {}, sources: {telemetry: {format: protobuf, descriptor_file: project.yaml, message: a.B}}}", "dev", 1, "is no set of descriptors"),
])
def test_what_is_wrong_is_said(binary, project, text, name, code, said):
    (project / "environments.yaml").write_text(text)
    stream = 'stream: {kafka: {brokers: "127.0.0.1:1", topic: pumps}}, columns'
    (project / "project.yaml").write_text((project / "project.yaml").read_text().replace("columns", stream, 1))
    done = serve(binary, project, "--env", name)
    assert done.returncode == code and said in done.stderr, (done.returncode, done.stderr)


@pytest.mark.parametrize("settings", ["", ", settings: {security.protocol: SSL}"])
def test_a_broker_that_is_away_is_told(binary, project, settings):
    (project / "environments.yaml").write_text(f"dev: {{kafka: {{brokers: '127.0.0.1:1'{settings}}}}}")
    stream = 'stream: {kafka: {brokers: "127.0.0.1:2", topic: pumps}}, columns'
    (project / "project.yaml").write_text((project / "project.yaml").read_text().replace("columns", stream, 1))
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        end = time.monotonic() + PATIENCE
        source = {"problem": ""}
        while not source["problem"] and time.monotonic() < end:
            threading.Event().wait(0.05)
            source = server.get("/v1/sources")[1]["sources"][0]
        assert source["feed"] == "kafka" and source["problem"].startswith("127.0.0.1:1: "), source
        assert server.get("/readyz")[0] == 200
        assert server.stop() == 0


def test_servers_share_only_what_is_on_a_broker(binary, project):
    done = serve(binary, project, "--listen", "127.0.0.1:0", "--role", "standby")
    assert done.returncode == 2 and "reads no topics" in done.stderr and "kafka: {}" in done.stderr, done.stderr
    (project / "environments.yaml").write_text("dev: {role: replica, kafka: {}, listen: 127.0.0.1:0}\n")
    done = serve(binary, project)
    assert done.returncode == 2 and "the events of `telemetry` are on no broker" in done.stderr and "--role alone" in done.stderr, done.stderr
    with running(binary, project, "--role", "alone") as server:
        assert "ownership" not in server.get("/v1/sources")[1]
    (project / "environments.yaml").write_text("dev: {role: spare}\n")
    done = serve(binary, project)
    assert done.returncode == 1 and "alone, standby or replica" in done.stderr, done.stderr
    done = serve(binary, project, "--replay", project, "--role", "standby")
    assert done.returncode in (1, 2)
