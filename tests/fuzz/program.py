"""Runs `headrace test` over case files and tells which failed, even where the program dies on one of them."""
import json
import subprocess
from dataclasses import dataclass, field


@dataclass
class Failure:
    """What one case file had: values that differ, a refusal, or a crash."""

    reason: str
    mismatches: list = field(default_factory=list)

    def text(self):
        lines = [self.reason]
        for m in self.mismatches[:5]:
            lines.append(f"  {m.get('feature')} of {m.get('entity')} at {m.get('at')}: expected {m.get('expected')}, got {m.get('actual')}")
        return "\n".join(lines)


def failures(binary, paths, options=("--engine", "batch"), seconds_max=120):
    """{path: Failure} for the paths that did not pass. A case of which an engine can say nothing has not failed."""
    if not paths:
        return {}
    command = [str(binary), "test", *map(str, paths), "--format", "json", *options]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds_max)
        died = done.returncode not in (0, 1)
        reason = f"exit code {done.returncode}: {done.stderr.strip()[-2000:]}"
    except subprocess.TimeoutExpired:
        died, reason = True, f"no answer within {seconds_max} s"
    if died:
        if len(paths) == 1:
            return {str(paths[0]): Failure(reason)}
        middle = len(paths) // 2
        return failures(binary, paths[:middle], options, seconds_max) | failures(binary, paths[middle:], options, seconds_max)
    found, passed = {}, 0
    for result in json.loads(done.stdout)["cases"]:
        if result["outcome"] in ("passed", "skipped"):
            passed += 1
        else:
            said = [p["message"] for p in result["problems"] if p["severity"] == "error"] + [str(result[part]) for part in ("error", "refusal") if result.get(part)]
            found[result["file"]] = Failure(f"{result['outcome']} {'; '.join(said)}".strip(), result["mismatches"])
    if passed + len(found) != len(paths):
        raise RuntimeError(f"{len(paths)} files asked, {passed + len(found)} answered: {' '.join(command[:4])} ...")
    if bool(found) != (done.returncode == 1):
        raise RuntimeError(f"exit code {done.returncode}, but {len(found)} failures")
    return found
