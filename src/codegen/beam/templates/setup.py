"""Packs the runtime for remote workers: pass `--setup_file=./setup.py` to a runner that ships code."""

from setuptools import setup

setup(name="headrace-pipeline", version="1", packages=["headrace_runtime"], py_modules=["pipeline"])
