"""Files and functions stay small enough to be read."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "adjuvant"
FILES = sorted(SOURCE.rglob("*.py"))


def functions(path):
    tree = ast.parse(path.read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def body_lines(node):
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return node.end_lineno - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_file_has_at_most_600_lines_and_no_function_over_60(path):
    assert len(path.read_text("utf-8").splitlines()) <= 600

    long = [(f.name, body_lines(f)) for f in functions(path) if body_lines(f) > 60]

    assert not long


def test_nine_functions_in_ten_have_25_lines_or_fewer():
    sizes = [body_lines(f) for path in FILES for f in functions(path)]

    assert sum(size <= 25 for size in sizes) >= 0.9 * len(sizes)


def test_nothing_lies_deeper_than_a_room():
    deep = [p for p in FILES if len(p.relative_to(SOURCE).parts) > 2 and "conduct" not in p.parts]

    assert not deep
