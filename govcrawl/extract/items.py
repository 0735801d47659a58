"""Candidate records of a page by its kind: the one door from `reading` to the readers of this folder."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from govcrawl.extract import article, consultation, guide, interpretation, leader, message, own_number, policy, relations
from govcrawl.model.facts import Context
from govcrawl.page.document import Page

Rows: TypeAlias = list[dict[str, Any]]
Reader: TypeAlias = Callable[[Page, Context], Rows]

READERS: dict[str, Reader] = {
    "content": article.read,
    "interview": article.read,
    "static": article.read,
    "policy": policy.read,
    "interpretation": interpretation.read,
    "guide": guide.read,
    "message": message.read,
    "board": message.read,
    "leader": leader.read,
    "leaders": leader.read,
    "survey": consultation.read,
}
"""Page kind → reader. Kinds that hold no record (home, list, search, statistics, error …) are absent."""
_FALL_BACK = frozenset({"policy", "interpretation", "message", "survey"})


_PLAIN = frozenset({"content", "static"})
_DOCUMENT_TITLE = re.compile(
    r"(?:通知|意见|办法|方案|规定|决定|条例|细则|规划|通告|批复|措施|规则|令)(?:[》〉]|[(（][^()（）]{1,30}[)）])*$"
)
"""Matches `…管理办法（试行）`; not `…工作会议`."""


def read_items(page: Page, kind: str, ctx: Context) -> Rows:
    """Candidate records of a page (`Record.to_json` shape plus `key`; messages also `_labels`); [] for kinds without records.

    An article that may be a document or an interpretation, which only its column decides once the site is known, carries that
    reading under `_as`: {"policy_document": row, "interpretation": row}, each without `text`, which is the article's. A page that
    was taken for something special and shows nothing of it is an article; a guide without a single element is a stub.
    """
    reader = READERS.get(kind)
    if reader is None:
        return []
    rows = reader(page, ctx)
    if not rows and kind in _FALL_BACK:
        return article.read(page, ctx)
    if kind not in _PLAIN or not rows:
        return rows
    if policy.is_certain(page):
        return policy.read(page, ctx)
    other = _other_readings(page, ctx)
    if other:
        rows[0]["_as"] = {row["kind"]: row | {"text": None} for row in other}
    return rows


def _other_readings(page: Page, ctx: Context) -> Rows:
    title = page.title or ""
    found: Rows = []
    if (
        relations.EXPLAINING.search(title)
        or any("解读" in page.meta.get(name, "") for name in ("columnname", "columntype"))
        or "解读" in page.info_line
        or "解读" in page.visible_text("lead")[:300]  # 当前位置：首页 > 政策解读
    ):
        found += interpretation.read(page, ctx)
    lines = page.main_text.split("\n")
    if _DOCUMENT_TITLE.search(title) or own_number.in_title(title) or own_number.in_head(lines) or policy.shows_words(page):
        found += policy.read(page, ctx)
    return found
