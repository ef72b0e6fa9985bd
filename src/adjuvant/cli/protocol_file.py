"""Which protocol file a command means: a path, a folder that holds one, or a shipped study."""

import re
from importlib.resources import files
from pathlib import Path

from adjuvant.core import ProtocolError

__all__ = ["protocol_path"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def protocol_path(file: str) -> Path:
    """Return the path of a protocol; an existing path wins over a shipped study or template.

    Raises    ProtocolError, with what to do, when nothing is found.
    """
    path = Path(file)
    if path.is_dir():
        path = path / "protocol.yaml"
    if path.exists():
        return path
    if _NAME.fullmatch(file):
        for folder in ("", "templates"):
            shipped = Path(str(files("adjuvant.studies"))) / folder / file / "protocol.yaml"
            if shipped.is_file():
                return shipped
    if file == "protocol.yaml":
        raise ProtocolError(
            "there is no protocol.yaml in this folder; name a file or a shipped study, "
            "or begin one with 'adjuvant new NAME'"
        )
    raise ProtocolError(f"there is no file or shipped study {file!r}; see 'adjuvant studies'")
