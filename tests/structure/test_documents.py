"""Links between our documents lead somewhere, and the commands that the README names are targets of the Makefile."""
import re
import subprocess

from conftest import ROOT


def documents():
    names = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return [ROOT / name for name in names]


def test_links_lead_somewhere():
    broken = []
    for document in documents():
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")):
            if "://" not in target and not (document.parent / target).exists():
                broken.append(f"{document.relative_to(ROOT)}: {target}")
    assert not broken, broken


def test_make_targets_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.M))
    named = set()
    for document in documents():
        named |= set(re.findall(r"\bmake ([a-z]+(?:-[a-z]+)?)\b(?=[`\s]*(?:$|`|#|\(|,|;|:|\.))", document.read_text(encoding="utf-8"), flags=re.M))
    assert named - targets - {"sure"} == set()


def test_readme_gives_both_commands():
    text = (ROOT / "README.md").read_text()
    assert "make demo" in text and "make test" in text


def glossary_types():
    """Each word of the glossary with the types that its row names."""
    for line in (ROOT / "docs" / "reference" / "glossary.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 3 and cells[0] not in ("word", "---"):
            yield cells[0], re.findall(r"`(\w+)`", cells[2])


def test_types_of_the_glossary_exist():
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.h"))
    defined = set(re.findall(r"^(?:struct|class|enum class|using|concept) (\w+)", sources, flags=re.M))
    words = dict(glossary_types())
    assert len(words) > 40 and "kernel" in words
    missing = {f"{word}: {name}" for word, names in words.items() for name in names if name not in defined}
    assert not missing, f"docs/reference/glossary.md names types that src/ does not define: {missing}"
