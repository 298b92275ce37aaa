"""The real server of a small repository, and requests to it."""
import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import threading
from contextlib import contextmanager

DEFINITIONS = """project: {name: station, defaults: {source: telemetry}}
---
entity: {name: pump, key: pump_id}
---
source: {name: telemetry, entity: pump, event_time: at, columns: {flow: double}, batch: {format: csv, path: telemetry.csv}}
"""
FEATURE = """feature: {{name: {name}, owner: {owner}, version: "1.0", description: d, source_features: [flow], formula: flow, aggregation: mean, window: 1h}}
"""
PATIENCE = 30  # seconds for anything that is waited for


def write_project(folder, features=(("flow_mean", "hydraulics"),)):
    (folder / "features").mkdir(parents=True, exist_ok=True)
    (folder / "project.yaml").write_text(DEFINITIONS)
    write_features(folder, features)


def write_features(folder, features):
    (folder / "features" / "f.yaml").write_text("---\n".join(FEATURE.format(name=name, owner=owner) for name, owner in features))


class Server:
    """A running `headrace serve`: its address is read from its first line."""

    def __init__(self, binary, folder, *arguments, preexec_fn=None, env=None):
        command = [str(binary), "serve", "--project", str(folder), *map(str, arguments)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=preexec_fn, env=env)
        self.address = self.process.stdout.readline().strip()
        self.said = []
        self.news = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        found = re.fullmatch(r"(https?)://(\[::1\]|[\d.]+):(\d+)", self.address)
        assert found, f"no address but {self.address!r}; {self.wait()} {''.join(self.said)}"
        self.is_tls, self.host, self.port = found[1] == "https", found[2].strip("[]"), int(found[3])

    def _read(self):
        for line in self.process.stderr:
            with self.news:
                self.said.append(line)
                self.news.notify_all()

    def wait_for(self, text):
        """Until the server has said this on stderr."""
        with self.news:
            assert self.news.wait_for(lambda: any(text in line for line in self.said), PATIENCE), self.said

    def connect(self, context=None):
        if self.is_tls:
            return http.client.HTTPSConnection(self.host, self.port, timeout=PATIENCE, context=context)
        return http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)

    def socket(self):
        return socket.create_connection((self.host, self.port), timeout=PATIENCE)

    def get(self, path, token=None, method="GET", context=None, headers=None, body=None):
        """(status, JSON or text)."""
        connection = self.connect(context)
        try:
            return ask(connection, path, token, method, headers, body)
        finally:
            connection.close()

    def send(self, number):
        os.kill(self.process.pid, number)

    def wait(self):
        code = self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        return code

    def stop(self, number=signal.SIGTERM):
        self.send(number)
        return self.wait()


def ask(connection, path, token=None, method="GET", headers=None, body=None):
    fields = dict(headers or {})
    if token:
        fields["Authorization"] = f"Bearer {token}"
    connection.request(method, path, body=body, headers=fields)
    answer = connection.getresponse()
    text = answer.read().decode()
    is_json = answer.headers.get("Content-Type", "").startswith("application/json") and text
    return answer.status, json.loads(text) if is_json else text


@contextmanager
def running(binary, folder, *arguments, **options):
    server = Server(binary, folder, *arguments, **options)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop(signal.SIGKILL)


def new_token(binary, *arguments):
    """(token, line of the file)."""
    return subprocess.run([binary, "token", "new", *arguments], capture_output=True, text=True, check=True).stdout.splitlines()


def make_certificate(folder):
    """A certificate of its own for 127.0.0.1: (certificate, key)."""
    certificate, key = folder / "server.pem", folder / "server.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=headrace test", "-addext",
                    "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


def trusting(certificate):
    return ssl.create_default_context(cafile=str(certificate))
