"""Letters and their replies: detail pages, and boards that show several whole letters on one page.

Labels: `rules/labels/message.yml`. Which printed label a date came from goes along under `_labels`: only a label that means the
reply lets anyone count working days (选登时间 and 发布时间 do not).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Any

from govcrawl.extract import labelled, letter_blocks, letter_rows, letters
from govcrawl.extract.labelled import Pair
from govcrawl.extract.nodes import Element
from govcrawl.extract.rows import filled, outer, row, vocabulary
from govcrawl.model.facts import Context
from govcrawl.model.items import Message
from govcrawl.page.document import Page
from govcrawl.text import dates, normalise

TYPES: dict[str, tuple[str, ...]] = {
    "咨询": ("咨询", "提问", "问询"),
    "投诉": ("投诉", "举报", "反映问题", "申诉"),
    "建议": ("建议", "建言", "献策", "意见"),
    "求助": ("求助", "求决", "申请求助"),
}
ABSENT: dict[str, str] = {"asked_on": "留言时间", "replied_on": "答复时间", "replier": "答复单位", "reply": "答复内容"}
"""The four fields of indicator 留言公开, as `message-field-missing` names them."""
_NO_REPLY = re.compile(
    r"^(?:暂无(?:回复|答复|内容)?|(?:尚|暂|还)?未(?:回复|答复|办理)|(?:等待|待)(?:回复|答复|办理|处理)|正在(?:办理|处理|受理)(?:中|之中)?|(?:办理|处理|受理|转办)中|已受理|已转办|无)[。.!！]?$"
)
"""Matches `暂无回复`, `正在办理中`; not `已收悉`, which is a reply however poor."""
_GENERIC = re.compile(r"^(?:信件|留言|来信|咨询|诉求|问题)?(?:详情|内容|查看|信息|公开|回复|详细信息|内容详情)?(?:页面?)?$")
"""Matches the title `信件详情`, which is no subject; not `关于公交线路的咨询`."""
_DATE_TAIL = re.compile(r"[\s,，(（\[]*(?:19|20)\d{2}\s*[-年/.].*$")
"""Cuts the date off `县教育局 2026-11-03`."""
_STARTERS = ("asked_on", "question", "subject", "number", "replied_on", "reply", "replier")
_OWN = frozenset((*_STARTERS, "type", "listed_on", "accepted_on", "writer", "channel", "status"))


def read(page: Page, ctx: Context) -> list[dict[str, Any]]:
    """The letters of a page; none when nothing of a letter stands there.

    Rows of a list that lead to pages of their own bear `_listed`: facts for who looks at the board, no records (`assemble` reads those pages).
    """
    listed = letter_rows.read(page)
    if listed:
        rows = [(found, _of_row(page, found)) for found in listed if found.url is not None or _is_a_letter(found)]
        return [out if _is_a_letter(found) else out | {"url": found.url, "key": found.url, "_listed": True} for found, out in rows]
    pairs = [
        _dated_reply(pair)
        for pair in labelled.read(page.body_tree, vocabulary("message"), outer(page))
        if pair.key in _OWN or pair.key == "other"
    ]
    groups = split(page, pairs)
    found = []
    for container, group in groups:
        record, labels = _message(page, container, group, alone=len(groups) == 1)
        if record is None:
            continue
        if len(groups) > 1:
            record.key = _key(page, record)
        out = row(record)
        out["_labels"] = labels
        onward = _own_page(page, container) if record.reply is None and container is not None and len(groups) > 1 else None
        if onward is not None:  # a card with its dates that leads to the letter: what it leaves out stands there, read or not
            out |= {"url": onward, "key": onward, "_listed": True}
        found.append(out)
    return found or [_of_block(page, block, several) for several, block in _blocks(page)]


def _own_page(page: Page, container: Element) -> str | None:
    """Address of the page that a letter's card leads to, by its longest link; null where it leads nowhere."""
    links = [(len(Page.line_of(a)), page.canonical(a.get("href") or "") or "") for a in container.iter("a")]
    size, url = max(links, default=(0, ""))
    return url if size >= 4 and url not in ("", page.url) else None


def _dated_reply(pair: Pair) -> Pair:
    """`回复：2026-11-12` is when, not what."""
    plain = normalise.compact(pair.value)
    alone = pair.key == "reply" and len(plain) <= 18 and dates.parse_day(plain) is not None and not re.search(r"[\u4e00-\u9fa5]{2,}", plain)
    return replace(pair, key="replied_on") if alone else pair


def _key(page: Page, record: Message) -> str:
    return record.number or " ".join(filter(None, (record.asked_on, record.subject or (record.question or "")[:30]))) or page.url


def _is_a_letter(found: letter_rows.Row) -> bool:
    """Is the row all there is of a letter? One that leads on is read from its own page; an open one in a list of dates says nothing."""
    if found.url is not None and not found.whole:
        return False
    return found.whole or bool(found.day("asked_on") and found.day("replied_on"))


def _of_row(page: Page, found: letter_rows.Row) -> dict[str, Any]:
    reply = found.text("reply")
    reply = None if reply is not None and _NO_REPLY.match(normalise.compact(reply)) else reply
    subject, shown = found.text("subject") or (found.text("question") or "")[:60] or None, found.text("type")
    record = Message(
        url=page.url, title=subject, number=_number(found.text("number")), subject=subject, type=classify(shown) if shown else None, question=found.text("question"),
        asked_on=found.day("asked_on"), reply=reply, replied_on=found.day("replied_on"), replier=_replier_of(found.text("replier")),
        channel=found.text("channel"),
    )  # fmt: skip
    record.key = _key(page, record)
    # a list need not show everything of its letters: what it has no column for is not missing
    absent = (
        [name for field, name in ABSENT.items() if field in found.labels and getattr(record, field) is None] if reply is not None else []
    )
    out = row(record)
    out["_labels"] = {
        "asked_on": found.labels.get("asked_on"), "replied_on": found.labels.get("replied_on") if record.replied_on else None,
        "replier": found.labels.get("replier"), "listed_on": found.day("listed_on"), "types_shown": "type" in found.labels, "fields_absent": absent,
        "status": found.text("status"),
    }  # fmt: skip
    return out


def _number(shown: str | None) -> str | None:
    """A letter's own number; the ordinal of its row (`3`) is none."""
    return shown if shown is not None and len(shown) >= 4 else None


def _replier_of(shown: str | None) -> str | None:
    return filled(_DATE_TAIL.sub("", shown).strip(" ()（）[]【】")) if shown else None


def _blocks(page: Page) -> list[tuple[bool, letter_blocks.Block]]:
    found = letter_blocks.read(page)
    return [(len(found) > 1, block) for block in found]


def _of_block(page: Page, block: letter_blocks.Block, several: bool) -> dict[str, Any]:
    subject = (
        block.subject if several else page.title if page.title and not _GENERIC.match(normalise.compact(page.title)) else block.subject
    )
    subject = subject or (block.question or "").split("\n")[0][:60] or None
    kind, shown = _type(page, block.box, [], None, subject)
    record = Message(
        url=page.url, title=subject, subject=subject, type=kind, question=block.question, asked_on=block.asked_on, reply=block.reply,
        replied_on=block.replied_on, replier=block.replier,
    )  # fmt: skip
    if several:
        record.key = _key(page, record)
    out = row(record)
    out["_labels"] = {
        "asked_on": None, "replied_on": None, "replier": None, "listed_on": None, "types_shown": shown, "fields_absent": [], "status": None,
    }  # fmt: skip
    return out


def split(page: Page, pairs: list[Pair]) -> list[tuple[Element | None, list[Pair]]]:
    """(container, pairs) of each letter: by the elements that hold one letter each, else by the first label that comes again."""
    counts = Counter(pair.key for pair in pairs if pair.key in _STARTERS and (pair.value or pair.elements))
    times = max(counts.values(), default=0)
    if times == 0:
        return []
    if times == 1:
        return [(None, pairs)]
    key = next(k for k in _STARTERS if counts.get(k) == times)
    containers = letters.containers([pair.elements[0] for pair in pairs if pair.key == key and pair.elements])
    if len(containers) == times:
        return [(box, [p for p in pairs if p.elements and letters.inside(p.elements[0], box)]) for box in containers]
    return [(None, run) for run in _runs(pairs)]


def _runs(pairs: list[Pair]) -> list[list[Pair]]:
    """A flat board: a letter begins where one of its labels comes a second time, or where the board's first label comes again."""
    own = [pair for pair in pairs if pair.key in _OWN]
    first = own[0].key
    runs: list[list[Pair]] = [[]]
    seen: set[str] = set()
    for pair in own:
        again = pair.key in seen and pair.key in _STARTERS and not _same_reply(runs[-1], pair)
        if again or (pair.key == first and runs[-1]):
            runs.append([])
            seen = set()
        runs[-1].append(pair)
        seen.add(pair.key)
    if len([r for r in runs if r]) == 2 and not _enough(runs[0]):
        return [own]
    return [run for run in runs if _enough(run)]


def _enough(run: list[Pair]) -> bool:
    return len({pair.key for pair in run if pair.key in _STARTERS and pair.value}) >= 2


def _same_reply(run: list[Pair], pair: Pair) -> bool:
    """A heading 答复 without text before the label 答复内容 is one reply, not two letters."""
    return any(other.key == pair.key and (not other.value or other.value == pair.value) for other in run)


def _message(page: Page, container: Element | None, pairs: list[Pair], *, alone: bool) -> tuple[Message | None, dict[str, Any]]:
    shown = {key: labelled.first(pairs, key) for key in (*_OWN,)}
    lines = (
        letters.between(page, container, [pair.elements[0] for pair in pairs if pair.elements and pair.key in _OWN], vocabulary("message"))
        if alone or container is not None
        else None
    )
    question = _text(shown["question"]) or (lines.question if lines is not None else None)
    answered = _day(shown["replied_on"])[0] is not None
    reply = _text(shown["reply"]) or (lines.reply if lines is not None and answered else None)
    reply = None if reply is not None and _NO_REPLY.match(normalise.compact(reply)) else reply
    asked_on, asked_label = _day(shown["asked_on"])
    replied_on, replied_label = _day(shown["replied_on"])
    replier, beside = _replier(shown["replier"])
    replier_label = shown["replier"].label if shown["replier"] is not None and replier else None
    if reply is not None:
        unit, day = letters.signature(reply)
        if day is None:
            reply, unit_beside, day = letters.dated_end(reply)
            unit = unit or unit_beside
        if replied_on is None and beside is not None:
            replied_on, replied_label = beside, shown["replier"].label if shown["replier"] else "答复单位"
        if replied_on is None and day is not None and shown["replied_on"] is None:
            replied_on, replied_label = day, "落款"
        if replier is None and unit is not None and (shown["replier"] is None or not shown["replier"].value):
            replier, replier_label = unit, "落款"
    if asked_on is None and question is not None and (shown["asked_on"] is None or not shown["asked_on"].value):
        question, _, asked_on = letters.dated_end(question)
        asked_label = "问题末尾" if asked_on else asked_label
    head = _headed(page, container, lines, alone=alone) if reply is None and shown["replied_on"] is None else None
    if head is not None:
        unit, replied_on, reply = head
        replier, replied_label = replier or unit, "答复"
        if question is not None:
            question = question.replace(reply, "").strip() or None
    subject = _subject(page, container, shown["subject"], alone)
    if asked_on is None and subject is not None:
        subject, _, asked_on = letters.dated_end(subject)
    if not (question or subject) or not (asked_on or reply or question) or not any(_text(shown[key]) for key in _STARTERS):
        return None, {}
    kind, types_shown = _type(page, container, pairs, shown["type"], subject)
    record = Message(
        url=page.url, title=subject, number=_text(shown["number"]), subject=subject, type=kind, question=question, asked_on=asked_on, reply=reply,
        replied_on=replied_on if reply is not None else None, replier=replier, channel=_text(shown["channel"]),
    )  # fmt: skip
    absent = [name for field, name in ABSENT.items() if getattr(record, field) is None] if reply is not None or replied_on else []
    labels = {
        "asked_on": asked_label, "replied_on": replied_label if reply is not None else None, "replier": replier_label,
        "listed_on": _day(shown["listed_on"])[0], "types_shown": types_shown, "fields_absent": absent, "status": _text(shown["status"]),
    }  # fmt: skip
    return record, labels


def _headed(
    page: Page, container: Element | None, lines: letters.Between | None, *, alone: bool
) -> tuple[str | None, str | None, str] | None:
    """An answer that begins with a head of its own, `管理员回复（2026-11-04）：…`, in the letter's element or on the page of one letter."""
    if container is None and not alone:
        return None
    shown = lines.lines if lines is not None and lines.lines else page.visible_text("body").split("\n")
    return letter_blocks.headed(shown)


def _text(pair: Pair | None) -> str | None:
    return filled(pair.value) if pair is not None else None


def _day(pair: Pair | None) -> tuple[str | None, str | None]:
    """(ISO day, label) of a labelled date; (null, null) when there is none."""
    day = dates.parse_day(pair.value) if pair is not None else None
    return (day, pair.label) if day is not None and pair is not None else (None, None)


def _replier(pair: Pair | None) -> tuple[str | None, str | None]:
    """(unit, the date printed right behind it): `县教育局 2026-11-03`."""
    if pair is None:
        return None, None
    unit = _DATE_TAIL.sub("", pair.value.split("\n")[0]).strip(" ()（）[]【】")
    return filled(unit), dates.parse_day(pair.value)


def _subject(page: Page, container: Element | None, pair: Pair | None, alone: bool) -> str | None:
    labelled_subject = _text(pair)
    if labelled_subject is not None:
        return labelled_subject
    if container is not None and (heading := letters.heading(container, vocabulary("message"))) is not None:
        return heading
    title = page.title if alone else None
    return title if title is not None and not _GENERIC.match(normalise.compact(title)) else None


def classify(shown: str) -> str | None:
    """The type a printed word means: `网上咨询` → 咨询; `咨询投诉` names two and is none; `感谢信` → 其他."""
    plain = normalise.compact(shown)
    found = [kind for kind, words in TYPES.items() if any(word in plain for word in words)]
    if len(found) == 1:
        return found[0]
    return None if found or not plain else "其他"


def _type(page: Page, container: Element | None, pairs: list[Pair], pair: Pair | None, subject: str | None) -> tuple[str | None, bool]:
    """(type, is it shown): by its label, by a tag of its own, by `【咨询】` before the subject. What is hidden is not shown."""
    if pair is not None and pair.value and not (pair.elements and letters.hidden(pair.elements[0])):
        return classify(pair.value), True
    prefix = re.match(r"^[【\[(（]\s*([\u4e00-\u9fa5]{2,6})\s*[】\])）]", subject or "")
    if prefix is not None and (kind := classify(prefix[1])) in TYPES:
        return kind, True
    tags = letters.tags(container if container is not None else page.body_tree, outer(page))
    if len(tags) == 1:
        return classify(next(iter(tags))), True
    return None, False
