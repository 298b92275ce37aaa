"""Schemathesis asks every path as the server's own description allows, and as it does not.

It runs from .venv-serving (requirements.txt); where that is missing, the test is skipped, unless HEADRACE_SERVING_TESTS=1 says that
it must be there.
"""
import os
import subprocess
from pathlib import Path

import pytest
from running_server import new_token, running, write_features

PROGRAM = Path(__file__).resolve().parents[2] / ".venv-serving" / "bin" / "schemathesis"
# Not among them: that every body of the described form is taken, since names and keys have to mean something too, and that
# every other one is refused, since an event that cannot be read is counted and not a failure of its push.
CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance", "response_schema_conformance",
          "unsupported_method", "missing_required_header", "ignored_auth")
MINUTES = 5


@pytest.fixture(scope="module")
def schemathesis():
    if not PROGRAM.exists() and not os.environ.get("HEADRACE_SERVING_TESTS"):
        pytest.skip("schemathesis is not installed: tools/setup.sh integration")
    return PROGRAM


def run(schemathesis, server, *arguments):
    command = [schemathesis, "run", f"{server.address}/openapi.json", "--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing", "--max-examples", "25", "--seed", "1",
               "--request-timeout", "30", "--no-color", "--exclude-path", "/v1/watch", "--exclude-path", "/v1/sources/{name}/pause", *arguments]  # a watch has no end, and a pause refuses pushes with 503
    done = subprocess.run(command, capture_output=True, text=True, timeout=60 * MINUTES, cwd=server.folder)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "Tested: 1" in done.stdout, done.stdout  # ten paths and more
    assert server.process.poll() is None
    assert server.get("/healthz")[0] == 200


def test_answers_are_those_of_the_description(schemathesis, binary, project):
    write_features(project, (("flow_mean", "hydraulics"), ("flow_other", "finance")))
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        server.folder = project
        run(schemathesis, server)


@pytest.mark.parametrize("role", ["read", "admin"])
def test_with_tokens_too(schemathesis, binary, project, tmp_path, role):
    token, line = new_token(binary, "--role", role)
    (tmp_path / "tokens.txt").write_text(line + "\n")
    with running(binary, project, "--listen", "127.0.0.1:0", "--tokens", tmp_path / "tokens.txt") as server:
        server.folder = project
        run(schemathesis, server, "--header", f"Authorization: Bearer {token}")
