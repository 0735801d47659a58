"""Words of a page that may be labels, and which keys of a label file they stand for."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from govcrawl import rulebook
from govcrawl.text import normalise

_LABEL = re.compile(r"([\u4e00-\u9fff][\u4e00-\u9fff/（）()]{1,11})\s*[\]】]?\s*[：:]")
"""A printed label: matches "发文字号：", not "2026："."""
_SPREAD = re.compile(r"(?<=[\u4e00-\u9fff])[ \u3000\xa0\u2002\u2003]+(?=[\u4e00-\u9fff])")
"""Blanks inside a spread label: matches in "索 引 号", not in "a b"."""
_NUMBERED = re.compile(r"^[（(]?(?:[一二三四五六七八九十]{1,3}|\d{1,2})[）)]?[、.．:：)）\s]")
"""Numbering before a heading: matches "三、设定依据", "（二）办理材料", not "一次办好"."""
_BOXED = re.compile(r"[【\[［]\s*([\u4e00-\u9fff][\u4e00-\u9fff/ \u3000]{1,11})\s*[】\]］]")
"""A label in brackets: matches that of "【设定依据】《…法》第五条" and "[ 索 引 号 ] 0084…", not "[2026]3号"."""
_LABEL_LINE = 120
"""Characters of the longest line that may be a label alone, however spread; a paragraph is none, and folding it costs the most here."""


@lru_cache(maxsize=1)
def vocabularies() -> dict[str, dict[str, str]]:
    """Label file → word as `normalise.label` gives it → key."""
    out: dict[str, dict[str, str]] = {}
    for name in ("policy", "guide", "message", "consultation", "leader"):
        words: dict[str, str] = {}
        for key, synonyms in rulebook.labels(name).items():
            for word in synonyms:
                words.setdefault(normalise.label(word), key)
        out[name] = words
    return out


def words_of(text: str) -> Counter[str]:
    """Words of a text that may be labels: before a colon, or alone in a short line (a table cell, a tab)."""
    out: Counter[str] = Counter()
    known = _known_words()
    for line in text.split("\n"):
        size = len(line)
        head = line[:90]
        if head[:1] in "【[［（(" and head:
            head = _NUMBERED.sub("", head)
            if boxed := _BOXED.match(head):
                out[normalise.label(boxed[1])] += 1
                continue
        if "：" in head or ":" in head:
            for word in _labels_in(head, known):
                out[word] += 1
        elif 1 < size <= _LABEL_LINE:
            word = line if line in known else normalise.label(_NUMBERED.sub("", line))
            if word in known:
                out[word] += 1
    return out


def _labels_in(head: str, known: frozenset[str]) -> list[str]:
    """Labels of one line. Blanks may spread a label ("索 引 号：") or part it from the value before it ("主题：停车难 发表于：")."""
    if " " not in head:
        return [normalise.label(word) for word in _LABEL.findall(head)]
    spread = [normalise.label(word) for word in _LABEL.findall(_SPREAD.sub("", head))]
    plain = [normalise.label(word) for word in _LABEL.findall(head)]
    if len(spread) != len(plain):
        return spread
    return [two if two in known and one not in known else one for one, two in zip(spread, plain, strict=True)]


@lru_cache(maxsize=1)
def _known_words() -> frozenset[str]:
    return frozenset(word for table in vocabularies().values() for word in table) | {"简历", "分工"}


def lead_words(text: str, vocabulary: str = "policy") -> Counter[str]:
    """Labels that run into their value in one line, as two spans of a cell do: "发文字号安政发〔2026〕14号"."""
    table = vocabularies()[vocabulary]
    out: Counter[str] = Counter()
    for line in text.split("\n"):
        if len(line) <= 90:
            plain = normalise.label(line[:12])
            for size in range(min(8, len(plain)), 1, -1):
                if plain[:size] in table:
                    out[plain[:size]] += 1
                    break
    return out


def keys_of(words: Counter[str], vocabulary: str) -> Counter[str]:
    """Keys of a label file found among a page's label words, with how often."""
    table = vocabularies()[vocabulary]
    out: Counter[str] = Counter()
    for word, count in words.items():
        key = table.get(word)
        if key:
            out[key] += count
    return out
