"""Tokens and TLS of the real server: who is let in, and who is not."""
import json
import os
import signal
import ssl
import subprocess

import pytest
from running_server import make_certificate, new_token, running, trusting, write_features


@pytest.fixture
def tokens(binary, tmp_path):
    """Tokens by name, and the file that knows them."""
    made = {role: new_token(binary, "--role", role) for role in ("read", "write", "admin")}
    made["finance"] = new_token(binary, "--role", "write", "--owner", "finance")
    file = tmp_path / "tokens.txt"
    file.write_text("# of the test\n" + "".join(f"{line}  {name}\n" for name, (_, line) in made.items()))
    return {name: token for name, (token, _) in made.items()} | {"file": file}


ROLES = ("none", "read", "write", "admin")
BODIES = {"/v1/features:read": {"features": ["flow_mean"], "entities": [{"pump_id": "p1"}]},
          "/get-online-features": {"features": ["pump:flow_mean"], "entities": {"pump_id": ["p1"]}},
          "/v1/sources/{name}/events": [],
          "/v1/sources/{name}/rewind": {"to": "2024-03-01T00:00:00Z"},
          "/v1/entities:forget": {"key": {"pump_id": "p1"}}}
# Of a source without a topic there is nothing to read again: whoever may ask is told so.
ANSWERS = {"/v1/sources/{name}/rewind": (409, "conflict")}


def asked(server, path, method, operation, token):
    """(status, code of the error) of a request that means something; of an answer that goes on only the status."""
    target = path.replace("{name}", "telemetry" if "sources" in path else "flow_mean")
    values = {"feature": "flow_mean", "key": "pump_id=p1"}
    required = [each["name"] for each in operation.get("parameters", []) if each["required"] and each["in"] == "query"]
    target += "".join(f"{'&' if i else '?'}{name}={values[name]}" for i, name in enumerate(required))
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = json.dumps(BODIES[path]) if path in BODIES else None
    if body:
        headers["Content-Type"] = "application/json"
    connection = server.connect()
    try:
        connection.request(method, target, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, None if answer.status == 200 else json.loads(answer.read())["code"]
    finally:
        connection.close()


def test_every_route_needs_its_role(binary, project, tokens):
    """Each route of the description with no token, wrong ones, and those of each role."""
    with running(binary, project, "--listen", "127.0.0.1:0", "--tokens", tokens["file"]) as server:
        _, document = server.get("/openapi.json", tokens["read"])
        open_paths, unauthorised = set(), 0
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                needed, method = operation["x-role"], method.upper()
                if needed == "none":
                    open_paths.add(path)
                    assert asked(server, path, method, operation, None)[0] == 200
                    continue
                for wrong in (None, "x", tokens["read"][:-1], tokens["read"] + "0"):
                    assert asked(server, path, method, operation, wrong) in ((401, "no_token"), (401, "unknown_token")), path
                for role in ROLES[1:]:
                    if ROLES.index(role) >= ROLES.index(needed):
                        assert asked(server, path, method, operation, tokens[role]) == ANSWERS.get(path, (200, None)), (path, role)
                    else:
                        assert asked(server, path, method, operation, tokens[role]) == (403, "wrong_role"), (path, role)
                        unauthorised += 1
        assert open_paths == {"/healthz", "/readyz"} and unauthorised >= 3


def test_no_route_answers_for_another_owner(binary, project, tokens):
    """flow_mean is of hydraulics: a token of finance gets it nowhere, and nothing of it in lists."""
    with running(binary, project, "--listen", "127.0.0.1:0", "--tokens", tokens["file"]) as server:
        _, document = server.get("/openapi.json", tokens["read"])
        refused = set()
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                if operation["x-role"] in ("none", "admin"):
                    continue
                status, code = asked(server, path, method.upper(), operation, tokens["finance"])
                if status != 200:
                    assert (status, code) == (403, "out_of_scope"), path
                    refused.add(path)
        assert {"/v1/features/{name}", "/v1/features/{name}/explain", "/v1/features:read", "/v1/watch", "/v1/sources/{name}/events", "/get-online-features"} <= refused
        for path in set(document["paths"]) - refused - {"/openapi.json", "/v1/reload"}:
            assert "flow_mean" not in str(server.get(path, tokens["finance"])[1]), path


def test_owners_see_their_own(binary, project, tokens):
    write_features(project, [("flow_mean", "hydraulics"), ("flow_cost", "finance")])
    with running(binary, project, "--listen", "127.0.0.1:0", "--tokens", tokens["file"]) as server:
        _, listed = server.get("/v1/features", tokens["finance"])
        assert [each["name"] for each in listed["features"]] == ["flow_cost"]
        assert server.get("/v1/features/flow_mean", tokens["finance"])[1]["code"] == "out_of_scope"
        assert server.get("/v1/features/flow_mean", tokens["admin"])[0] == 200


def test_a_token_is_taken_back_by_a_reload(binary, project, tokens):
    with running(binary, project, "--listen", "127.0.0.1:0", "--tokens", tokens["file"]) as server:
        assert server.get("/v1/features", tokens["write"])[0] == 200
        lines = tokens["file"].read_text().splitlines()
        tokens["file"].write_text("\n".join(line for line in lines if not line.endswith("write")))
        server.send(signal.SIGHUP)
        server.wait_for("reloaded")
        assert server.get("/v1/features", tokens["write"])[0] == 401
        tokens["file"].write_text("")
        server.send(signal.SIGHUP)
        server.wait_for("nothing was reloaded")
        assert server.get("/v1/features", tokens["read"])[0] == 200


def test_tokens_are_made_once_and_kept_nowhere(binary):
    one, two = new_token(binary, "--role", "write", "--owner", "a", "--owner", "b"), new_token(binary)
    assert one[0] != two[0] and one[0] not in one[1]
    assert one[1].startswith("write a,b ") and two[1].startswith("read - ")
    for arguments in (["token"], ["token", "old"], ["token", "new", "--role", "root"], ["token", "new", "--owner", "a b"]):
        assert subprocess.run([binary, *arguments], capture_output=True).returncode == 2


def test_tls(binary, project, tmp_path, tokens):
    certificate, key = make_certificate(tmp_path)
    files = ["--tls-certificate", certificate, "--tls-key", key, "--tokens", tokens["file"]]
    with running(binary, project, "--listen", "127.0.0.1:0", *files) as server:
        assert server.is_tls
        context = trusting(certificate)
        for _ in range(3):
            assert server.get("/v1/features", tokens["read"], context=context)[0] == 200
            assert server.get("/v1/features", context=context)[0] == 401
        with pytest.raises(ssl.SSLCertVerificationError):
            server.get("/healthz", context=ssl.create_default_context())

        # Who speaks no TLS, speaks an old one, or leaves in the middle of the greeting, is gone; the others are not.
        with server.socket() as plain:
            plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            assert b"200" not in plain.recv(65536)
        old = trusting(certificate)
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.raises((ssl.SSLError, ConnectionError)):
            server.get("/healthz", context=old)
        for size in (0, 1, 5, 50):
            with server.socket() as half:
                half.sendall(os.urandom(size))
        connection = server.connect(context)
        for _ in range(20):
            connection.request("GET", "/healthz")
            assert connection.getresponse().read()
        connection.close()
        assert server.stop() == 0


def test_the_commands_speak_tls(binary, project, tmp_path):
    certificate, key = make_certificate(tmp_path)
    with running(binary, project, "--listen", "127.0.0.1:0", "--tls-certificate", certificate, "--tls-key", key) as server:
        for trusted, code, said in ((certificate, 0, "telemetry"), (os.devnull, 3, "no certificate that is trusted here")):
            environment = os.environ | {"HEADRACE_SERVER": server.address, "SSL_CERT_FILE": str(trusted), "NO_COLOR": "1"}
            done = subprocess.run([binary, "status"], capture_output=True, text=True, env=environment)
            assert done.returncode == code and said in done.stdout + done.stderr, done


def test_beyond_loopback_with_both_only(binary, project, tmp_path, tokens):
    certificate, key = make_certificate(tmp_path)
    tls, token_file = ["--tls-certificate", certificate, "--tls-key", key], ["--tokens", tokens["file"]]
    for arguments in ([], tls, token_file):
        done = subprocess.run([binary, "serve", "--project", project, "--listen", "0.0.0.0:0", *map(str, arguments)], capture_output=True, text=True)
        assert done.returncode == 2 and "TLS and tokens" in done.stderr


def test_a_key_of_another_certificate(binary, project, tmp_path):
    certificate, _ = make_certificate(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    _, key = make_certificate(other)
    done = subprocess.run([binary, "serve", "--project", project, "--tls-certificate", certificate, "--tls-key", key], capture_output=True, text=True)
    assert done.returncode == 3 and "server.key" in done.stderr
