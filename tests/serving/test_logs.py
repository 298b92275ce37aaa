"""Logs as lines of JSON: what was asked and how it went, and nothing of what was in it."""
import json
import signal

from running_server import new_token, running
from test_values import event


def test_each_line_is_json_without_payloads(binary, project, tmp_path):
    token, line = new_token(binary, "--role", "admin")
    (tmp_path / "tokens.txt").write_text(line + "\n")
    with running(binary, project, "--listen", "127.0.0.1:0", "--log", "json", "--tokens", tmp_path / "tokens.txt") as server:
        server.wait_for("1 feature of station")
        asked = [("POST", "/v1/sources/telemetry/events", event("secret-pump", 41.5) + "\n" + '{"pump_id": "secret-key"}', 200),
                 ("POST", "/v1/features:read", '{"features": ["flow_mean"], "entities": [{"pump_id": "secret-pump"}]}', 200),
                 ("GET", "/v1/features/flow_mean/explain?key=pump_id=secret-pump", None, 200),
                 ("GET", "/v1/features/secret-feature", None, 404),
                 ("SECRET", "/v1/secret-path", None, 404)]
        for method, path, body, status in asked:
            headers = {"Content-Type": "application/x-ndjson" if "events" in path else "application/json", "Idempotency-Key": "secret-idempotency"}
            assert server.get(path, token, method, headers=headers, body=body)[0] == status, path
        with server.socket() as broken:
            broken.sendall(b"secret bytes\r\n\r\n")
            broken.recv(100)
        (project / "features" / "f.yaml").write_text("feature: {name: x}\n")
        server.send(signal.SIGHUP)
        server.wait_for("nothing was reloaded")
        assert server.stop() == 0
    lines = [json.loads(line) for line in server.said]
    assert all(each["time"].endswith("Z") and each["level"] in ("note", "info", "warning", "error") for each in lines)
    requests = [(each["method"], each["route"], each["status"]) for each in lines if each["event"] == "request"]
    assert requests == [("POST", "/v1/sources/{name}/events", 200), ("POST", "/v1/features:read", 200), ("GET", "/v1/features/{name}/explain", 200),
                        ("GET", "/v1/features/{name}", 404), ("", "", 404), ("", "", 400)]
    assert all(each["took_us"] >= 0 and each["answer_bytes"] > 0 for each in lines if each["event"] == "request")
    messages = [each for each in lines if each["event"] == "message"]
    assert any("f.yaml:1" in each["message"] and each["level"] == "error" for each in messages)
    told = "".join(server.said)
    assert "secret" not in told and "41.5" not in told and token not in told
