"""What both stores do alike: names of things in the change sequence, and probes as rows of records."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from govcrawl.detect import masking
from govcrawl.model.items import Probe

ORDER_KNOWN = "工单 {} 已经存在"
ORDER_CHANGED = "工单 {} 刚刚有人更新过：请重新读取后再操作"


DIGEST = 16
"""Bytes of a revision's digest."""
UNTOLD = b"\x00"
"""Before the bytes of a revision's digest that only a replay gave: no crawl saw it, nobody was told of it."""


def matching(revisions: Iterable[tuple[int, bytes]], digest: bytes, *, told: bool) -> tuple[int | None, int]:
    """(revision that is this content, highest number so far) of a record's (rev, digest), newest first; digests as kept.

    A crawl looks at the newest content that a crawl gave; a replay takes any of the same.
    """
    highest = 0
    for rev, known in revisions:
        highest = max(highest, rev)
        seen = len(known) == DIGEST
        if (seen or not told) and known[-DIGEST:] == digest:
            return rev, highest
        if seen and told:
            break
    return None, highest


def ident(kind: str, name: str) -> str:
    """Id of a thing, masked, its kind in front: an article and an attachment may share an address, and `id` with `rev` stands for one change."""
    masked: str = masking.exported(f"{kind}/{name}")
    return masked


def span(kind: str, site: str | None) -> tuple[str, str]:
    """Between which ids those of a kind (of one site) lie; `0` is what follows `/`."""
    prefix = kind if site is None else f"{kind}/{site}"
    return f"{prefix}/", f"{prefix}0"


def probe_row(probe: Probe) -> tuple[str, bytes]:
    """(content, digest) of a probe as rows of `records` have them. No `seen` row holds its moment: a probe has its own."""
    body = probe.to_json()
    for name in ("fetched_at", "snapshot", "rev"):
        del body[name]
    text = json.dumps(body, ensure_ascii=False, sort_keys=True)
    return text, hashlib.sha256(text.encode()).digest()[:16]


def probe_of(key: str, body: str) -> Probe:
    values = json.loads(body)
    del values["kind"]
    return Probe(**values, key=key, fetched_at=values["at"])
