"""What a measurement must say about the machine and the programs, without naming the machine."""
import datetime
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("duckdb", "chdb", "polars", "pyarrow")


def cpu_model():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def memory_gb():
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


def package_versions():
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions


def facts(binary):
    own = subprocess.run([binary, "version"], capture_output=True, text=True, check=True).stdout.strip().splitlines()[0]
    return {"date": datetime.date.today().isoformat(), "cpu": cpu_model(), "cores": len(os.sched_getaffinity(0)),
            "memory_gb": memory_gb(), "kernel": platform.release().split("-")[0], "python": platform.python_version(),
            "headrace": own, **package_versions()}
