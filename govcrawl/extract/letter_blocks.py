"""Letters that bear no labels at all: a block of the question and a block of the answer, told by their names in the markup, each with its date.

Asked only where no label of a letter was found. A block whose answer shows no date and no unit is not believed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from govcrawl.extract import letters, nodes
from govcrawl.extract.labelled import Vocabulary
from govcrawl.extract.nodes import Element
from govcrawl.extract.rows import outer
from govcrawl.page.document import Page
from govcrawl.text import dates, normalise

_ANSWER = re.compile(r"(?:^|[\s_-])(?:reply|replay|answer|ans|huifu|hf|dafu|df|huida)(?:$|[\s_-]|box|con|text|block|list)", re.I)
"""Class or id of an answer's block: matches `reply`, `letter-answer`, `hf_con`; not `replyform` of a comment box."""
_QUESTION = re.compile(
    r"(?:^|[\s_-])(?:ask|question|ques|tiwen|wen|liuyan|ly|zixun|zx|letter-?con|wt)(?:$|[\s_-]|box|con|text|block)", re.I
)
"""Class or id of a question's block: matches `question`, `ask-con`; not `task`."""
_UNIT = re.compile(
    r"^(?:回复单位|答复单位)?[\[【(（]?([\u4e00-\u9fa5（）()]{3,30}?(?:政府|办公室|局|委员会|委|厅|署|院|中心|管委会|街道办事处|大队|支队|分局|公司|镇|乡))[\]】)）]?(?:回复|答复)?[:：]?$"
)
"""A line that is a unit's name: matches `县教育局回复：`; not `您好，教育局`."""
_HEADED = re.compile(
    r"^[\u4e00-\u9fa5]{0,20}?(?:回复|答复|答)\s*[（(\[【]\s*(?P<unit>[\u4e00-\u9fa5]{3,30})?[\s,，:：]*(?P<day>(?:19|20)\d{2}\s*[-年/.]\s*\d{1,2}\s*[-月/.]\s*\d{1,2}\s*日?)[^（）()\[\]【】]{0,12}[）)\]】]\s*[:：]?\s*(?P<rest>.*)$",
    re.S,
)
"""An answer's own head: matches `回复（清河县教育局 2026-11-05）：您好……`; not `回复内容：您好`."""
_TOLD = re.compile(
    r"^(?P<unit>[\u4e00-\u9fa5]{3,30})\s*(?:已?于|在)?\s*(?P<day>(?:19|20)\d{2}\s*[-年/.]\s*\d{1,2}\s*[-月/.]\s*\d{1,2}\s*日?)[\s\d:]*(?:予以)?(?:答复|回复)(?:如下)?\s*[:：]\s*(?P<rest>.*)$",
    re.S,
)
"""The same as a sentence: matches `市住房和城乡建设局 于 2026-11-12 15:30:00 答复：`; not `我局于2026年11月12日答复您。`."""
_INFO = re.compile(r"^(?:网友|网民|匿名|游客)|\*|浏览|点击|^[\d\-:： 年月日/.]+$")
"""Lines beside a question that are none of it: matches `网友：王**`, `2026-11-02 10:20`; not `请问…`."""
_NAMES = (
    b"reply",
    b"replay",
    b"answer",
    b"huifu",
    b"dafu",
    b"hf",
    b"huida",
    "复（".encode(),
    "答（".encode(),
    "复(".encode(),
    "复[".encode(),
)
_NO_WORDS = Vocabulary({})
_MOST = 100


@dataclass(slots=True, frozen=True)
class Block:
    """One letter."""

    box: Element
    subject: str | None
    question: str | None
    asked_on: str | None
    reply: str
    replied_on: str | None
    replier: str | None


def read(page: Page) -> list[Block]:
    """The page's letters; [] when no element is named as an answer."""
    if not _named_at_all(page):
        return []
    skip = outer(page)
    tags = ("div", "li", "dd", "section", "p", "td")
    answers = [e for e in page.body_tree.iter(*tags) if _named(e, _ANSWER) and nodes.has_text(e)]
    if not answers:
        answers = [e for e in page.body_tree.iter(*tags) if _HEADED.match(nodes.first_text(e))]
    named = set(answers)
    answers = [e for e in answers if named.isdisjoint(ups := set(e.iterancestors())) and skip.isdisjoint(ups)]
    if len(answers) > _MOST:
        return []
    boxes = letters.containers(answers) if len(answers) > 1 else [_around(answers[0])] if answers else []
    if len(boxes) != len(answers):
        return []
    return [
        block for box, answer in zip(boxes, answers, strict=True) if box is not None and (block := _block(page, box, answer)) is not None
    ]


def headed(lines: list[str]) -> tuple[str | None, str | None, str] | None:
    """(unit, ISO day, reply) below a line that is an answer's head; null for none, and where there are two."""
    heads = [(at, hit) for at, line in enumerate(lines) if "复" in line[:60] and (hit := _HEADED.match(line) or _TOLD.match(line))]
    if len(heads) != 1:
        return None
    at, hit = heads[0]
    reply = "\n".join(filter(None, (hit["rest"].strip(), *lines[at + 1 :])))
    return (hit["unit"], dates.parse_day(hit["day"]), reply) if len(reply) >= 4 else None


def _named_at_all(page: Page) -> bool:
    return any(word in page.markup for word in _NAMES)


def _named(element: Element, pattern: re.Pattern[str]) -> bool:
    return any(pattern.search(element.get(name) or "") is not None for name in ("class", "id"))


def _around(answer: Element) -> Element | None:
    """The element that holds one answer together with its question."""
    for up in answer.iterancestors():
        if up.tag == "body":
            return None
        if any(_named(e, _QUESTION) for e in up.iter("div", "li", "dt", "section", "p", "td")):
            return up
    return None


def _block(page: Page, box: Element, answer: Element) -> Block | None:
    replying = nodes.lines(answer)
    headed = _HEADED.match(replying[0]) if replying else None
    if headed is not None:
        replying = list(filter(None, (headed["unit"], headed["day"], headed["rest"], *replying[1:])))
    replied_on = _first_day(replying)
    replier = next((hit[1] for line in replying if (hit := _UNIT.match(_without_day(line)))), None)
    reply = "\n".join(line for line in replying if not _UNIT.match(_without_day(line)) and not _INFO.match(line))
    signed, day = letters.signature(reply)
    replier, replied_on = replier or signed, replied_on or day
    asking = nodes.lines(box, skip={answer})
    asked_on = _first_day(asking)
    reply, unit, day = letters.dated_end(reply)
    replier, replied_on = replier or unit, replied_on or day
    if len(normalise.compact(reply)) < 4 or replied_on is None or asked_on is None or replied_on < asked_on:
        return None
    heads = {head: short for line in asking if len(line) <= 60 and (head := line) and (short := _without_day(line))}
    subject = letters.heading(box, _NO_WORDS) or next(
        (s for h, s in heads.items() if h == asking[0] and 4 <= len(s) <= 60 and len(asking) > 1), None
    )
    question = "\n".join(line for line in asking if not _INFO.search(line) and heads.get(line, line) != subject) or None
    return Block(box, subject, question, asked_on, reply, replied_on, replier)


def _first_day(lines: list[str]) -> str | None:
    """The first date that stands in a short line, so not one that a sentence tells."""
    return next((day for line in lines if len(line) <= 60 and (day := dates.parse_day(line))), None)


def _without_day(line: str) -> str:
    found = dates.find_days(line)
    return re.sub(r"[\d:： ]+$", "", line[: found[0][1]]).strip() if found else line.strip()
