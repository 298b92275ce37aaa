"""A schema registry of Confluent's REST form: subjects, versions and schemas by their numbers, in memory.

    with SchemaRegistry(password="water", certificate=(pem, key)) as registry:
        registry.url

It is what clients of Confluent register schemas with, and what the server asks. Compatibility is not judged.
"""
import base64
import json
import re
import ssl
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NO_SUBJECT, NO_VERSION, NO_SCHEMA = (40401, "Subject not found"), (40402, "Version not found"), (40403, "Schema not found")


class SchemaRegistry:
    def __init__(self, port=0, user="headrace", password=None, certificate=None):
        self.user, self.password, self.certificate = user, password, certificate
        self.schemas = []  # by number, from 1: what was registered
        self.subjects = {}  # by name: the numbers of the versions
        self.asked = []  # targets of requests that were let in
        self.lock = threading.Lock()
        self.port = port

    @property
    def url(self):
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self):
        registry = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.answer("GET", None)

            def do_POST(self):
                self.answer("POST", json.loads(self.rfile.read(int(self.headers["Content-Length"])) or "{}"))

            def answer(self, method, body):
                status, text = registry.answer(method, self.path, body, self.headers.get("Authorization"))
                data = json.dumps(text).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*map(str, self.certificate))
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def is_let_in(self, authorization):
        expected = "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return self.password is None or authorization == expected

    def answer(self, method, target, body, authorization):
        if not self.is_let_in(authorization):
            return 401, {"error_code": 401, "message": "Unauthorized"}
        path = [urllib.parse.unquote(part) for part in target.split("?")[0].strip("/").split("/")]
        with self.lock:
            self.asked.append(target)
            try:
                return 200, self.find(method, path, body)
            except LookupError as error:
                code, message = error.args[0]
                return code // 100, {"error_code": code, "message": message}

    def find(self, method, path, body):
        match [method, *path]:
            case ["GET", "schemas", "ids", number]:
                return self.schema(number)
            case ["GET", "subjects"]:
                return list(self.subjects)
            case ["GET", "config", *_]:
                return {"compatibilityLevel": "NONE"}
            case ["POST", "subjects", subject, "versions"]:
                return {"id": self.register(subject, body)}
            case ["POST", "subjects", subject]:
                return self.version(subject, lambda number: self.schemas[number - 1] == plain(body), NO_SCHEMA)
            case ["GET", "subjects", subject, "versions"]:
                return list(range(1, len(self.versions(subject)) + 1))
            case ["GET", "subjects", subject, "versions", version]:
                last = len(self.versions(subject))
                wanted = last if version in ("latest", "-1") else int(version)
                return self.version(subject, lambda number: self.versions(subject).index(number) + 1 == wanted, NO_VERSION)
        raise LookupError((40400, "HTTP 404 Not Found"))

    def schema(self, number):
        if not re.fullmatch(r"\d+", number) or not 1 <= int(number) <= len(self.schemas):
            raise LookupError(NO_SCHEMA)
        return self.schemas[int(number) - 1]

    def versions(self, subject):
        if subject not in self.subjects:
            raise LookupError(NO_SUBJECT)
        return self.subjects[subject]

    def version(self, subject, is_it, problem):
        for at, number in enumerate(self.versions(subject)):
            if is_it(number):
                return {"subject": subject, "id": number, "version": at + 1, **self.schemas[number - 1]}
        raise LookupError(problem)

    def register(self, subject, body):
        schema = plain(body)
        if schema not in self.schemas:
            self.schemas.append(schema)
        number = self.schemas.index(schema) + 1
        versions = self.subjects.setdefault(subject, [])
        if number not in versions:
            versions.append(number)
        return number


def plain(body):
    """Avro is what has no type, as the registry answers it."""
    kept = {key: body[key] for key in ("schema", "schemaType", "references") if body.get(key)}
    if kept.get("schemaType") == "AVRO":
        del kept["schemaType"]
    return kept
