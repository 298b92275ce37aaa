"""Modules of the generated projects' packages import each other in one direction only, inside functions too."""
import ast
from graphlib import CycleError, TopologicalSorter

import pytest

PACKAGES = ("src/codegen/beam/templates/headrace_runtime", "src/codegen/steps/templates/headrace_steps", "python/headrace/src/headrace")


def imports_of(package, file):
    """The modules of the package that a file imports, wherever in the file that is written."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(), str(file))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(filter(None, [package if node.level else None, node.module]))
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        else:
            continue
        found |= {parts[1] for name in names if (parts := name.split("."))[0] == package and len(parts) > 1}
    return found


def cycle_of(folder):
    """The modules of a circle, or nothing."""
    modules = {file.stem: file for file in folder.glob("*.py") if file.stem != "__init__"}
    graph = {name: (imports_of(folder.name, file) & modules.keys()) - {name} for name, file in modules.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_imports_itself_by_a_detour(root, package):
    assert len(list((root / package).glob("*.py"))) > 3
    circle = cycle_of(root / package)
    assert not circle, f"{' -> '.join(circle)}: put what both need into a module below both"


@pytest.mark.parametrize("way", ["from package.b import x", "import package.b", "from package import b", "from . import b", "from .b import x"])
def test_a_circle_is_found(tmp_path, way):
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "a.py").write_text(f"def late():\n    {way}\n")
    (folder / "b.py").write_text("import package.c\n")
    (folder / "c.py").write_text("")
    assert not cycle_of(folder)
    (folder / "c.py").write_text("if True:\n    from package.a import late\n")
    assert set(cycle_of(folder)) == {"a", "b", "c"}
