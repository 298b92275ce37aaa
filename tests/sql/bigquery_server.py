"""A loopback server that speaks as much of BigQuery's and Cloud Storage's REST as google-cloud-bigquery and pyarrow use.

It records what it is asked, keeps tables in DuckDB, translates queries with sqlglot, and reads loaded files from a folder
that stands for Cloud Storage. It is no BigQuery: it shows what the program asks for, and that its steps fit together.
"""
import datetime as dt
import http.server
import json
import re
import threading
import urllib.parse

import duckdb
import sqlglot
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlglot import exp

TYPES = {"VARCHAR": "STRING", "BIGINT": "INTEGER", "DOUBLE": "FLOAT", "BOOLEAN": "BOOLEAN", "DATE": "DATE", "TIMESTAMP WITH TIME ZONE": "TIMESTAMP"}
PROJECT = "/bigquery/v2/projects/the-project"


class Warehouse:
    """Tables, jobs and recorded requests."""

    def __init__(self, buckets):
        self.buckets = buckets
        self.database = duckdb.connect()
        self.database.execute("SET TimeZone = 'UTC'")
        self.jobs, self.loads, self.queries = {}, [], []
        self.failing = set()  # partitions, "offline_pump$20240302"

    def insert(self, job, uploaded=None):
        """Runs a job; the resource that the client sees."""
        configuration = job["configuration"]
        resource = job | {"status": {"state": "DONE"}, "statistics": {}}
        self.jobs[job["jobReference"]["jobId"]] = resource
        try:
            if "load" in configuration:
                self.loads.append(configuration)
                resource["statistics"]["load"] = {"outputRows": str(self.load(configuration["load"], uploaded))}
            else:
                resource["answer"] = self.query(configuration["query"])
        except Refused as error:
            resource["status"] |= {"errorResult": {"reason": "invalid", "message": str(error)}}
        return resource

    def load(self, load, uploaded):
        name = load["destinationTable"]["tableId"]
        table, _, day = name.partition("$")
        if name in self.failing:
            raise Refused("this load was to fail")
        if uploaded:
            files = [uploaded]
        else:
            files = [str(self.buckets / uri.removeprefix("gs://")) for uri in load["sourceUris"]]
        date = dt.datetime.strptime(day, "%Y%m%d").date()
        ((count, others),) = self.database.execute(
            "SELECT COUNT(*), COUNT(*) FILTER (WHERE CAST(event_time AS DATE) <> ?) FROM read_parquet(?)", [date, files]
        ).fetchall()
        if others:
            raise Refused(f"{others} rows do not belong to the partition {day}")
        self.database.execute(f"DELETE FROM {table} WHERE CAST(event_time AS DATE) = ?", [date])
        self.database.execute(f"INSERT INTO {table} BY NAME FROM read_parquet(?, hive_partitioning = false)", [files])
        return count

    def query(self, query):
        """Rows of the last statement as BigQuery's JSON."""
        self.queries.append(query["query"])
        parameters = {p["name"]: value_of(p) for p in query.get("queryParameters", [])}
        for statement in sqlglot.parse(query["query"], read="bigquery"):
            used = {p.name for p in statement.find_all(exp.Parameter)}
            text = statement.sql(dialect="duckdb", unsupported_level=sqlglot.ErrorLevel.IGNORE)
            result = self.database.execute(text, {name: parameters[name] for name in used})
        fields = [{"name": d[0], "type": TYPES.get(str(d[1]), "STRING"), "mode": "NULLABLE"} for d in result.description or []]
        rows = [{"f": [{"v": None if v is None else str(v)} for v in row]} for row in result.fetchall()]
        return {"schema": {"fields": fields}, "rows": rows, "totalRows": str(len(rows))}

    def table(self, name):
        fields = []
        for column, kind, nullable in self.database.execute(
            "SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_name = ? ORDER BY ordinal_position", [name]
        ).fetchall():
            mode = "REPEATED" if kind.endswith("[]") else "NULLABLE" if nullable == "YES" else "REQUIRED"
            fields.append({"name": column, "type": TYPES[kind.removesuffix("[]")], "mode": mode})
        reference = {"projectId": "the-project", "datasetId": "station", "tableId": name}
        return {"tableReference": reference, "schema": {"fields": fields}}


def value_of(parameter):
    """A parameter's value, of its type."""
    value = parameter["parameterValue"]["value"]
    return dt.datetime.fromisoformat(value) if parameter["parameterType"]["type"] == "TIMESTAMP" else value


class Refused(Exception):
    """What ends a job."""


class Handler(http.server.BaseHTTPRequestHandler):
    """Routes of the two services and of their tokens."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, body, status=200, kind="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def do_POST(self):
        path = urllib.parse.urlparse(self.path).path
        if path == "/token":
            self.body()
            self.reply({"access_token": "a token", "expires_in": 3600, "token_type": "Bearer"})
        elif path == f"{PROJECT}/jobs":
            self.reply(self.server.warehouse.insert(json.loads(self.body())))
        elif path == f"/upload{PROJECT}/jobs":
            boundary = re.search(r'boundary="?([^";]+)', self.headers["Content-Type"])[1].encode().strip(b"'")
            _, description, content, _ = self.body().split(b"--" + boundary)
            uploaded = self.server.warehouse.buckets / "uploaded.parquet"
            uploaded.write_bytes(content.split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n"))
            self.reply(self.server.warehouse.insert(json.loads(description.split(b"\r\n\r\n", 1)[1]), str(uploaded)))
        else:
            self.reply({"error": {"code": 404, "message": f"no route {path}"}}, 404)

    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        if match := re.fullmatch(rf"{PROJECT}/jobs/([^/]+)", url.path):
            self.reply(self.server.warehouse.jobs[match[1]])
        elif match := re.fullmatch(rf"{PROJECT}/queries/([^/]+)", url.path):
            job = self.server.warehouse.jobs[match[1]]
            self.reply({"jobComplete": True, "jobReference": job["jobReference"]} | job["answer"])
        elif match := re.fullmatch(rf"{PROJECT}/datasets/station/tables/([^/]+)", url.path):
            self.reply(self.server.warehouse.table(match[1]))
        elif match := re.fullmatch(r"(?:/download)?/storage/v1/b/([^/]+)/o/([^/]+)", url.path):
            self.reply_object(match[1], urllib.parse.unquote(match[2]), "alt=media" in url.query)
        elif match := re.fullmatch(r"/([^/]+)/(.+)", url.path):
            self.reply_object(match[1], urllib.parse.unquote(match[2]), True)
        else:
            self.reply({"error": {"code": 404, "message": f"no route {url.path}"}}, 404)

    def reply_object(self, bucket, name, is_media):
        path = self.server.warehouse.buckets / bucket / name
        if not path.is_file():
            self.reply({"error": {"code": 404, "message": f"no object {name}"}}, 404)
        elif is_media:
            self.reply(path.read_bytes(), kind="application/octet-stream")
        else:
            self.reply({"kind": "storage#object", "bucket": bucket, "name": name, "size": str(path.stat().st_size), "generation": "1", "updated": "2024-03-01T00:00:00Z", "timeCreated": "2024-03-01T00:00:00Z"})


class Server:
    """Runs while it is entered; `environment` makes the clients use it with the credentials of a made-up account."""

    def __init__(self, folder):
        (folder / "buckets").mkdir()
        self.warehouse = Warehouse(folder / "buckets")
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.warehouse = self.warehouse
        self.key = folder / "account.json"
        url = f"http://127.0.0.1:{self.http.server_address[1]}"
        self.environment = {"BIGQUERY_EMULATOR_HOST": url, "STORAGE_EMULATOR_HOST": url, "GOOGLE_APPLICATION_CREDENTIALS": str(self.key)}
        self.key.write_text(json.dumps(account(url)), encoding="utf-8")

    def __enter__(self):
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()


def account(url):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    return {"type": "service_account", "project_id": "the-project", "client_email": "loader@the-project.test", "private_key": pem, "token_uri": f"{url}/token"}
