"""Real servers for tests and benchmarks: a Flink cluster, Beam's job server and expansion service, a Kafka broker, Redis.

Each is a context manager that starts one process on free loopback ports, waits until it answers, and ends that process
only. Class paths are folders that `tools/setup.sh flink` fills; they are named by the digest of the pom that lists them.
"""
import abc
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CACHE = Path(os.environ.get("HEADRACE_CACHE", ROOT / ".cache"))
START_SECONDS_MAX = 120

# Flink and Beam reach into these packages of Java 17.
OPENED = ("java.io java.lang java.lang.invoke java.lang.reflect java.math java.net java.nio java.text java.time java.util "
          "java.util.concurrent java.util.concurrent.atomic java.util.concurrent.locks sun.nio.ch sun.net.util").split()
JAVA = ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED)]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def class_path(name):
    """The folder of a pom's jars; the same digest names it in tools/setup.sh."""
    digest = hashlib.sha256((HERE / "poms" / f"{name}.xml").read_bytes()).hexdigest()[:16]
    folder = CACHE / "flink" / f"{name}-{digest}"
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is not there: run tools/setup.sh flink")
    return folder


def pause(seconds):
    """Between two looks at another process, which has nothing to wake us with."""
    threading.Event().wait(seconds)


def wait_until(is_true, what, process=None, seconds=START_SECONDS_MAX):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"{what}: the process has ended with {process.returncode}")
        if is_true():
            return
        pause(0.1)
    raise TimeoutError(f"{what}: not within {seconds} s")


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


class Server(abc.ABC):
    """One process with its output in `folder/NAME.log`."""

    name = "server"

    def __init__(self, folder):
        self.folder = Path(folder) / f"{self.name}-{free_port()}"
        self.folder.mkdir(parents=True)
        self.log = self.folder / f"{self.name}.log"
        self.port = free_port()
        self.process = None

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @abc.abstractmethod
    def command(self):
        """What starts the process."""

    def is_ready(self):
        return answers(self.port)

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(part) for part in self.command()], cwd=self.folder, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL)
        try:
            wait_until(self.is_ready, self.name, self.process)
        except Exception:
            self.stop()
            sys.stderr.write(self.log.read_text(errors="replace")[-4000:])
            raise
        return self

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, *error):
        self.stop()


class Redis(Server):
    name = "redis"

    def command(self):
        return ["redis-server", "--port", self.port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", self.folder]


class KafkaBroker(Server):
    """A broker of one node (KRaft). Retention is off: it goes by the records' times, and tests have old ones."""

    name = "kafka"
    MAIN = [*JAVA, "-Xms128m", "-Xmx512m", "-cp"]

    def __init__(self, folder, partitions=2):
        super().__init__(folder)
        self.jars, self.partitions, self.controller = f"{class_path('kafka')}/*", partitions, free_port()

    def start(self):
        (self.folder / "server.properties").write_text(self.properties())
        storage = [*self.MAIN, self.jars, "kafka.tools.StorageTool", "format", "-t", "AAAAAAAAAAAAAAAAAAAAAQ", "-c", "server.properties"]
        subprocess.run(storage, cwd=self.folder, check=True, capture_output=True)
        return super().start()

    def properties(self):
        values = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@127.0.0.1:{self.controller}",
            "listeners": f"PLAINTEXT://{self.address},CONTROLLER://127.0.0.1:{self.controller}",
            "advertised.listeners": f"PLAINTEXT://{self.address}",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "log.dirs": self.folder / "data",
            "num.partitions": self.partitions,
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 1,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            "group.initial.rebalance.delay.ms": 0,
            "log.retention.ms": -1,
            "log.retention.bytes": -1,
            "log.cleaner.dedupe.buffer.size": 8_388_608,
        }
        return "".join(f"{name}={value}\n" for name, value in values.items())

    def command(self):
        return [*self.MAIN, self.jars, "kafka.Kafka", "server.properties"]


class JobServer(Server):
    """Takes portable Beam pipelines and runs them on a Flink cluster."""

    name = "job-server"

    def __init__(self, folder, flink_master):
        super().__init__(folder)
        self.flink_master = flink_master

    def command(self):
        return [*JAVA, "-Xmx1g", "-cp", f"{class_path('job-server')}/*", "org.apache.beam.runners.flink.FlinkJobServerDriver",
                "--job-host=127.0.0.1", f"--job-port={self.port}", "--artifact-port=0", "--expansion-port=0",
                f"--flink-master={self.flink_master}", f"--artifacts-dir={self.folder / 'artifacts'}"]


class ExpansionService(Server):
    """Expands Kafka's transforms; their Java code runs inside Flink's task manager, without containers.

    The experiment makes Kafka's reader one of Flink's own sources. The other form, a splittable DoFn, lets the watermark of
    this runner pass events that have not been read.
    """

    name = "expansion-service"

    def command(self):
        return [*JAVA, "-Xmx512m", "-cp", f"{class_path('job-server')}/*", "org.apache.beam.sdk.expansion.service.ExpansionService",
                self.port, "--javaClassLookupAllowlistFile=*", "--defaultEnvironmentType=EMBEDDED",
                "--experiments=use_deprecated_read"]


class WorkerPool(Server):
    """Runs the Python side of a pipeline in a process for each worker that the runner asks for.

    For one task manager only: a pool knows its workers by ids that two task managers would give twice, and the one that ends
    first would stop the other's.
    """

    name = "worker-pool"

    def __init__(self, folder, python=sys.executable, paths=()):
        super().__init__(folder)
        self.python, self.paths = Path(python), paths

    def command(self):
        path = f"PATH={self.python.parent}{os.pathsep}{os.environ['PATH']}"  # Workers are started as `python`.
        modules = f"PYTHONPATH={os.pathsep.join(str(path) for path in self.paths)}"
        return ["env", path, modules, self.python, "-m", "apache_beam.runners.worker.worker_pool_main", f"--service_port={self.port}"]

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # It ends its workers then, and only then.
        super().stop()


def flink_jars():
    """The jars of the Flink distribution of apache-flink-libraries, in this interpreter's environment or in .venv-flink."""
    places = [Path(sysconfig.get_paths()["purelib"]), *sorted((ROOT / ".venv-flink" / "lib").glob("python3*/site-packages"))]
    for place in places:
        if (place / "pyflink" / "lib").is_dir():
            return place / "pyflink" / "lib"
    raise FileNotFoundError("apache-flink-libraries is not installed: run tools/setup.sh flink")


class JobManager(Server):
    name = "flink-job-manager"
    MAIN = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
    HEAP_MB = 768

    def __init__(self, folder, settings):
        super().__init__(folder)
        self.settings = settings

    def start(self):
        (self.folder / "config.yaml").write_text("".join(f"{name}: {json.dumps(value)}\n" for name, value in self.settings.items()))
        return super().start()

    def command(self):
        return [*JAVA, f"-Xmx{self.HEAP_MB}m", "-cp", f"{flink_jars()}/*", self.MAIN, "--configDir", self.folder]


class TaskManager(JobManager):
    name = "flink-task-manager"
    MAIN = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
    HEAP_MB = 1024

    def is_ready(self):
        return True  # The cluster counts the slots.


class FlinkCluster:
    """A session cluster: one job manager and `task_managers` processes with `slots` each. `settings`: further ones of Flink's."""

    def __init__(self, folder, task_managers=1, slots=1, settings=None):
        self.rest_port, self.slots_wanted = free_port(), task_managers * slots
        loopback = "127.0.0.1"
        own = {
            "jobmanager.rpc.address": loopback, "jobmanager.bind-host": loopback, "jobmanager.rpc.port": free_port(),
            "rest.address": loopback, "rest.bind-address": loopback, "rest.port": self.rest_port, "rest.bind-port": str(self.rest_port),
            "taskmanager.host": loopback, "taskmanager.bind-host": loopback, "taskmanager.numberOfTaskSlots": slots,
            "taskmanager.cpu.cores": float(slots),
            "taskmanager.memory.framework.heap.size": "128m", "taskmanager.memory.framework.off-heap.size": "128m",
            "taskmanager.memory.task.heap.size": "768m", "taskmanager.memory.task.off-heap.size": "64m",
            "taskmanager.memory.managed.size": "256m",
            "taskmanager.memory.network.min": "64m", "taskmanager.memory.network.max": "64m",
            "taskmanager.memory.jvm-metaspace.size": "256m",
            "taskmanager.memory.jvm-overhead.min": "192m", "taskmanager.memory.jvm-overhead.max": "192m",
            "restart-strategy.type": "disable", "parallelism.default": 1, "web.submit.enable": False,
            "io.tmp.dirs": str(Path(folder)),
        }
        settings = own | (settings or {})
        self.job_manager = JobManager(folder, settings)
        self.job_manager.port = self.rest_port
        self.task_managers = [TaskManager(folder, settings) for _ in range(task_managers)]

    @property
    def address(self):
        return f"127.0.0.1:{self.rest_port}"

    def ask(self, path, method="GET", body=None):
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if body is not None else {}
        request = urllib.request.Request(f"http://{self.address}/{path}", content, headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or b"{}")

    def slots(self):
        """How many slots have joined; none while the job manager is not ready to say."""
        try:
            return self.ask("overview")["slots-total"]
        except urllib.error.HTTPError:
            return 0

    def jobs(self, *states):
        """The ids of jobs in one of these states."""
        return [job["id"] for job in self.ask("jobs")["jobs"] if job["status"] in states]

    def cancel_jobs(self):
        """Cancels what runs, which a client that ends does not do, and waits until it is gone."""
        for job in self.jobs("RUNNING", "CREATED", "RESTARTING"):
            self.ask(f"jobs/{job}?mode=cancel", "PATCH")
        wait_until(lambda: not self.jobs("RUNNING", "CREATED", "RESTARTING", "CANCELLING"), "cancelling jobs")

    def __enter__(self):
        self.job_manager.start()
        try:
            for each in self.task_managers:
                each.start()
            wait_until(lambda: self.slots() == self.slots_wanted, "Flink's task managers", self.task_managers[0].process)
        except Exception:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error):
        for each in reversed(self.task_managers):
            each.stop()
        self.job_manager.stop()
