#!/usr/bin/env python3
"""Writes the generated part of docs/reference from the built program: commands, diagnostics, JSON Schemas.

    tools/generate_reference.py [--build FOLDER] [--check]

With --check nothing is written; exit code 1 tells that a page is not what the program says.
"""
import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
SCHEMAS = ["definitions", "tests", "manifest"]


EXIT_CODES = """## Exit codes

| code | meaning | repeat it? |
|---|---|---|
| 0 | fine | |
| 1 | problems in the definitions or in data, also in what is stored: damaged files, edited files that would be lost, other meanings | after a change |
| 2 | wrong use of the command, or a name that does not exist | after a change |
| 3 | the environment: a file is missing, a disk is full, a server does not answer, another process is writing | yes |
| 4 | nothing is wrong, and what was held against each other differs: `plan --against` | no |
| 130 | stopped by Ctrl-C; what was there is as it was | yes |
"""


def run(*command):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, check=True).stdout


def commands_page(program):
    overview = run(program, "--help")
    listed = overview.split("Commands:\n")[1].split("\n\n")[0]
    names = re.findall(r"^  (\w+)", listed, flags=re.M)
    parts = ["# Commands\n", "```\n" + overview.rstrip() + "\n```\n"]
    for name in names:
        parts.append(f"## headrace {name}\n\n```\n{run(program, name, '--help').rstrip()}\n```\n")
    parts.append(EXIT_CODES)
    return "\n".join(parts)


def schema_names(program):
    """What `headrace schema --of` offers, by its own help."""
    text = " ".join(run(program, "schema", "--help").split())
    offered = re.search(r"--of ([\w|-]+)", text)
    return offered[1].split("|") if offered else SCHEMAS


API_HEAD = """# The server's paths

What `headrace serve` answers; the same as [OpenAPI](openapi.json), which the server gives as `/openapi.json`. How to run it:
[Serve features over HTTP](../how-to/serve-features.md). A failure of any path is an [Error](#error), with the status beside it.

| | path | role | |
|---|---|---|---|
"""


def type_in_words(schema):
    """A schema in a few words, for a cell of a table."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(type_in_words(each) for each in schema["anyOf"])
    kinds = schema.get("type", "any value")
    if kinds == "array":
        return f"list of {type_in_words(schema.get('items', {}))}"
    if kinds == "object" and "additionalProperties" in schema:
        return f"object of {type_in_words(schema['additionalProperties'])}"
    return " or ".join(kinds) if isinstance(kinds, list) else kinds


def body_in_words(body):
    kinds = ", ".join(f"`{kind}`" for kind in body["content"])
    schema = next((each["schema"] for each in body["content"].values() if "schema" in each), None)
    return f"{body['description']} ({kinds}{': ' + type_in_words(schema) if schema else ''})"


def operation_text(method, path, operation):
    lines = [f"## {method.upper()} {path}\n", operation["summary"] + ".\n"]
    for each in operation.get("parameters", []):
        lines.append(f"- `{each['name']}` ({'in the path' if each['in'] == 'path' else 'parameter'}): {each['description']}")
    if "requestBody" in operation:
        lines.append(f"- body: {body_in_words(operation['requestBody'])}")
    lines.append(f"- 200: {body_in_words(operation['responses']['200'])}")
    failures = [f"{status} ({answer['description']})" for status, answer in operation["responses"].items() if status != "200"]
    return "\n".join([*lines, f"- failures: {', '.join(failures)}", ""])


def schema_text(name, schema):
    lines = [f"### {name}\n", schema.get("description", "") + ".\n", "| member | type | |", "|---|---|---|"]
    required = schema.get("required", [])
    for member, each in schema.get("properties", {}).items():
        note = "" if member in required else "may be absent"
        lines.append(f"| `{member}` | {type_in_words(each)} | {'; '.join(filter(None, [each.get('description', ''), note]))} |")
    return "\n".join([*lines, ""])


def api_page(document):
    rows, parts = "", []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            rows += f"| {method.upper()} | `{path}` | {operation['x-role']} | {operation['summary']} |\n"
            parts.append(operation_text(method, path, operation))
    parts.append("## What the bodies hold\n")
    parts += [schema_text(name, schema) for name, schema in document["components"]["schemas"].items()]
    return API_HEAD + rows + "\n" + "\n".join(parts)


ENVIRONMENTS_HEAD = """# environments.yaml

Where and how `headrace serve` runs, by names of environments; `--env NAME` chooses one, `dev` is the default and need not be
written. The file lies beside project.yaml, and definitions stay the same in all. Options of the command line win over it; it is
read at the start only. How it is used: [Serve features over HTTP](../how-to/serve-features.md#environments).

```yaml
dev:
  kafka: {}
prod:
  listen: 0.0.0.0:7077
  tokens: tokens.txt
  tls: {certificate: server.pem, private_key: server.key}
  kafka:
    brokers: "${BROKERS}"
    settings:
      security.protocol: SASL_SSL
      sasl.mechanism: SCRAM-SHA-512
      sasl.username: headrace
      sasl.password: "${KAFKA_PASSWORD}"
  redis: {address: "rediss://redis:6380", user: headrace, password_file: secrets/redis}
  sources:
    pump_telemetry: {idle_after: 1m}
```

| key | type | |
|---|---|---|
"""


def value_in_words(schema):
    """The type of a key: what an object holds stands in rows of its own."""
    if "anyOf" in schema:
        return " or ".join(value_in_words(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(f"`{word}`" for word in schema["enum"])
    if schema.get("type") != "object":
        return type_in_words(schema)
    inner = schema.get("additionalProperties")
    return "object by names" if isinstance(inner, dict) else "object"


def key_rows(schema, path):
    """A row for each key of an object and of those in it."""
    rows = ""
    for name, each in schema.get("properties", {}).items():
        rows += f"| `{path}{name}` | {value_in_words(each)} | {each.get('description', '')} |\n" + key_rows(each, f"{path}{name}.")
    inner = schema.get("additionalProperties")
    if isinstance(inner, dict) and "properties" in inner:
        rows += key_rows(inner, f"{path}NAME.")
    return rows


def environments_page(schema):
    return ENVIRONMENTS_HEAD + key_rows(schema["additionalProperties"], "")


def pages(build):
    program = build / "headrace"
    openapi = run(program, "schema", "--of", "openapi")
    out = {"commands.md": commands_page(program), "diagnostics.md": run(build / "diagnostics_page")}
    out["environments.md"] = environments_page(json.loads(run(program, "schema", "--of", "environments")))
    out |= {"openapi.json": openapi, "http-api.md": api_page(json.loads(openapi))}
    for name in schema_names(program):
        if name == "openapi":
            continue
        out[f"schemas/{name}.schema.json"] = run(program, "schema", "--of", name)
    return out


def main(args):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args(args)
    wrong = 0
    for name, text in pages(options.build).items():
        path = REFERENCE / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        wrong += 1
        print(f"{path.relative_to(ROOT)}: {'not what the program says; run `make docs`' if options.check else 'written'}")
        if not options.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 1 if options.check and wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
