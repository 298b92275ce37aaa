"""What the tests of generated orchestrators share: the pumps with a little data, and a webhook that remembers."""
import http.server
import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DAYS = ("2024-01-05", "2024-01-06", "2024-01-07")


def copy_of_pumps(folder):
    """examples/pumps with twelve days of three pumps."""
    shutil.copytree(ROOT / "examples" / "pumps", folder, ignore=shutil.ignore_patterns("data", "offline", "*.parquet", "*.html"))
    subprocess.run([sys.executable, "generate.py", "--pumps", "3", "--days", "12"], cwd=folder, check=True, capture_output=True)
    return folder


def break_a_check(pumps):
    """A check of severity error that no row passes, under a definition that is sound."""
    definitions = pumps / "features" / "efficiency.yaml"
    text = definitions.read_text(encoding="utf-8")
    assert "params: [0.4, 1.0]" in text
    definitions.write_text(text.replace("params: [0.4, 1.0]", "params: [2.0, 3.0]"), encoding="utf-8")


class Webhook:
    """A server on loopback; `texts` are the messages so far."""

    def __enter__(self):
        self.texts = texts = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                texts.append(json.loads(body)["text"])
                self.send_response(200)
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook/secret-of-the-test"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *reason):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def assert_clean(python, folder):
    """The generated project passes ruff and mypy."""
    for tool in (["ruff", "check", "--no-cache"], ["ruff", "format", "--no-cache", "--check"], ["mypy", "--ignore-missing-imports", "--cache-dir", "/dev/null"]):
        done = subprocess.run([str(python), "-m", *tool, "."], cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, f"{tool[0]}\n{done.stdout}{done.stderr}"
