"""Compiled code is cached by the text of its own file: a file names the kernels it calls by digest.

numba keeps a compiled function as long as the bytes of its source file stay the same, and compiled
functions that it calls from other files are inside. Without the digests an upgrade that mends a
called kernel would go on computing with the old one.

After a change: python tests/house/test_kernel_stamps.py writes the digests anew.
"""

import ast
import hashlib
import re
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"
STAMP = re.compile(r"^# Compiled with .*\n", re.M)


def compiled_files():
    """Return the files that hold compiled functions, by module name."""
    files = (SOURCE / "adjuvant").rglob("*.py")
    held = {f: f.read_text("utf-8") for f in files}
    return {
        ".".join(f.relative_to(SOURCE).with_suffix("").parts): f
        for f, text in held.items()
        if re.search(r"^@njit", text, re.M)
    }


def called(text, files):
    """Return the modules with compiled functions that a file imports from, sorted."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{a.name}" for a in node.names)}
    return sorted(found & set(files))


def stamp(module, files, known=None):
    """Return the line a file must hold; the digests cover what the called files call in turn."""
    known = {} if known is None else known
    parts = []
    for name in called(files[module].read_text("utf-8"), files):
        if name not in known:
            text = STAMP.sub("", files[name].read_text("utf-8")).rstrip()
            inner = stamp(name, files, known)
            known[name] = hashlib.sha256((text + inner).encode()).hexdigest()[:8]
        parts.append(f"{name.rsplit('.', 1)[1]} {known[name]}")
    if not parts:
        return ""
    digest = hashlib.sha256(" ".join(parts).encode()).hexdigest()[:8]
    return f"# Compiled with {digest}: {', '.join(part.split()[0] for part in parts)}\n"


def test_a_compiled_file_names_the_digests_of_the_kernels_it_calls():
    files = compiled_files()
    assert len(files) > 5

    stale = [
        m for m, f in files.items() if "".join(STAMP.findall(f.read_text())) != stamp(m, files)
    ]

    assert not stale, "run: python tests/house/test_kernel_stamps.py"


def write():
    """Write the line of each file as its last."""
    files = compiled_files()
    for module, file in files.items():
        text = STAMP.sub("", file.read_text("utf-8")).rstrip("\n") + "\n"
        line = stamp(module, files)
        file.write_text(text + (f"\n\n{line}" if line else ""), "utf-8")


if __name__ == "__main__":
    write()
