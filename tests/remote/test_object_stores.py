"""gs:// and s3:// against servers on loopback that speak the real protocols: same values as from files, by the same bytes."""
import os
import shutil
import socket
import subprocess
import urllib.request

import boto3
import pyarrow.parquet as pq
import pytest
from conftest import ROOT
from moto.server import ThreadedMotoServer
from pyarrow import fs

from command import Command

STATION = ROOT / "tests" / "golden" / "station"
BUCKET = "station"


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


class S3:
    """A server of S3; the environment of a program that uses it."""

    scheme = "s3"

    def __init__(self, folder):
        port = free_port()
        self.server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
        self.server.start()
        url = f"http://127.0.0.1:{port}"
        self.environment = {"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "us-east-1",
                            "AWS_EC2_METADATA_DISABLED": "true"}
        boto3.client("s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b").create_bucket(Bucket=BUCKET)
        self.files = fs.S3FileSystem(access_key="a", secret_key="b", endpoint_override=f"127.0.0.1:{port}", scheme="http", region="us-east-1")

    def stop(self):
        self.server.stop()


class CloudStorage:
    """A server of Cloud Storage, made by tools/setup.sh where Go is."""

    scheme = "gs"

    def __init__(self, folder):
        program = os.environ.get("FAKE_GCS_SERVER") or shutil.which("fake-gcs-server", path=f"{ROOT}/.cache/tools") or shutil.which("fake-gcs-server")
        if program is None:
            pytest.skip("fake-gcs-server is not there: tools/setup.sh makes it where Go is installed")
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        self.server = subprocess.Popen([program, "-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-backend", "filesystem",
                                        "-filesystem-root", str(folder), "-public-host", f"127.0.0.1:{port}", "-log-level", "info"], stderr=subprocess.PIPE, text=True)
        assert any("started" in line for line in self.server.stderr), "fake-gcs-server has ended"
        make = urllib.request.Request(f"{url}/storage/v1/b", data=b'{"name": "station"}', headers={"Content-Type": "application/json"})
        urllib.request.urlopen(make, timeout=5)
        self.environment = {"STORAGE_EMULATOR_HOST": url}
        self.files = fs.GcsFileSystem(anonymous=True, scheme="http", endpoint_override=f"127.0.0.1:{port}")

    def stop(self):
        self.server.terminate()
        self.server.communicate()


@pytest.fixture(scope="module", params=[S3, CloudStorage], ids=["s3", "gs"])
def store(request, tmp_path_factory):
    server = request.param(tmp_path_factory.mktemp("store"))
    yield server
    server.stop()


@pytest.fixture
def station(binary, store, tmp_path):
    """The station with its sources in the bucket."""
    folder = shutil.copytree(STATION, tmp_path / "station")
    for path in sorted((folder / "data").iterdir()):
        with store.files.open_output_stream(f"{BUCKET}/in/{path.name}") as out:
            out.write(path.read_bytes())
    shutil.rmtree(folder / "data")
    definitions = folder / "project.yaml"
    definitions.write_text(definitions.read_text().replace("path: data/", f"path: {store.scheme}://{BUCKET}/in/"))
    command = Command(binary, folder)
    return lambda *arguments, **options: command(*arguments, environment=store.environment, **options)


@pytest.fixture(scope="module")
def local(binary, tmp_path_factory):
    """What the same station gives from files."""
    folder = shutil.copytree(STATION, tmp_path_factory.mktemp("local") / "station")
    Command(binary, folder)("backfill", "--output", "out", code=None)
    Command(binary, folder)("dataset", "--observations", "observations.csv", "--output", "train.parquet")
    return folder


def objects(store, folder):
    found = store.files.get_file_info(fs.FileSelector(f"{BUCKET}/{folder}", recursive=True))
    return {each.path.removeprefix(f"{BUCKET}/{folder}/"): store.files.open_input_file(each.path).read()
            for each in found if each.type == fs.FileType.File}


def test_backfill_from_and_to_a_bucket(store, station, local):
    output = f"{store.scheme}://{BUCKET}/out"
    first = station("backfill", "--output", output, "--format", "json", code=None)
    written = objects(store, "out")
    partitions = {str(path.relative_to(local / "out")): path.read_bytes() for path in sorted((local / "out").rglob("*.parquet"))}
    assert {name: data for name, data in written.items() if name.endswith(".parquet")} == partitions
    assert set(written) - set(partitions) == {"manifest.json", "quality.json"}
    again = station("backfill", "--output", output, "--format", "json", code=None)
    assert not any(entity["reused"] for entity in first.json()["entities"])
    assert all(entity["reused"] for entity in again.json()["entities"])


def test_dataset_from_and_to_a_bucket(store, station, local):
    with store.files.open_output_stream(f"{BUCKET}/labels.csv") as out:
        out.write((STATION / "observations.csv").read_bytes())
    train = f"{store.scheme}://{BUCKET}/train/train.parquet"
    station("dataset", "--observations", f"{store.scheme}://{BUCKET}/labels.csv", "--output", train)
    with store.files.open_input_file(f"{BUCKET}/train/train.parquet") as found:
        assert pq.read_table(found).equals(pq.read_table(local / "train.parquet"))


def test_what_is_not_there_is_named(store, station):
    done = station("dataset", "--observations", f"{store.scheme}://{BUCKET}/none/x.csv", "--output", "x.csv", code=3)
    assert f"`{store.scheme}://{BUCKET}/none/x.csv`" in done.err and len(done.err.splitlines()) <= 3
    done = station("dataset", "--observations", f"{store.scheme}://no-such-bucket/x.csv", "--output", "x.csv", code=3)
    assert "no-such-bucket" in done.err


def test_a_store_that_does_not_answer(binary, tmp_path):
    folder = shutil.copytree(STATION, tmp_path / "station")
    environment = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    done = Command(binary, folder)("dataset", "--observations", f"s3://{BUCKET}/x.csv", "--output", "x.csv", code=3, environment=environment)
    assert "s3://station" in done.err
