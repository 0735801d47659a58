"""Files whose bytes say what their reading comes to, for tests of the document stage that need no real formats.

`comment|批注1|身份证号：…` is a piece a line: kind, locator, text. `!nap 0.2`, `!crash`, `!loop`, `!error`, `!damaged` are acts. `>名单/a.doc` begins a member.
Each reading writes its file's name into `log` of the workspace.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from unittest import mock

from govcrawl import draining
from govcrawl.extract import documents
from govcrawl.model.documents import DAMAGED, READ, DocumentText, Member, Piece
from govcrawl.model.files import FilePart


def read(body: bytes, name: str) -> DocumentText:
    whole = here = DocumentText(format="docx", text_status=READ)
    for line in body.decode().splitlines():
        if line.startswith(">"):
            here = DocumentText(format="doc", text_status=READ)
            whole.members.append(Member(line[1:], here, 9))
        elif line.startswith("!nap"):
            time.sleep(float(line.split()[1]))
        elif line == "!crash":
            os._exit(9)
        elif line == "!loop":
            while True:
                pass
        elif line == "!error":
            raise KeyError("no such part")
        elif line == "!damaged":
            here.text_status, here.reason = DAMAGED, "文件结构已损坏"
        else:
            kind, locator, text = line.split("|")
            here.pieces.append(Piece(text, kind, locator))
    return whole


def read_stored(path: str, offset: int, name: str, key: bytes) -> list[FilePart]:
    """As the document stage reads, with the reader of this room."""
    with Path(path).parent.with_name("log").open("a", encoding="utf-8") as log:
        log.write(f"{name}\n")
    with mock.patch.object(documents, "read", read):
        return draining.read_stored(path, offset, name, key)
