"""Interpretations: which documents they link to, and their form by evidence (title words, players, pictures)."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from govcrawl import rulebook
from govcrawl.extract import nodes, relations
from govcrawl.extract.rows import row
from govcrawl.loaders import InterpretationLoader
from govcrawl.model.facts import Context
from govcrawl.page.document import Page
from govcrawl.text import normalise

_ORDER = ("press_conference", "animation", "video", "audio", "chart", "qa")
"""A title may bear several words (`视频解读：一图读懂…发布会`); the first of these wins."""
_VIDEO = etree.XPath("boolean(.//video | .//embed[contains(@src,'.mp4') or contains(@src,'.flv')] | .//source[contains(@type,'video')])")
_AUDIO = etree.XPath("boolean(.//audio | .//source[contains(@type,'audio')])")
_PLAYERS = re.compile(r"player|video|vod|/v/|bilibili|qq\.com/txp|youku|cctv|haokan|\.mp4", re.I)
"""Matches the address of an embedded player `https://player.bilibili.com/…`; not `/map.html`."""
_QUESTION = re.compile(
    r"^(?:问\s*[:：]|问题?[一二三四五六七八九十\d]+\s*[:：、]|Q\d*\s*[:：]|\d{1,2}[.、．]\s*问\s*[:：]|记者\s*[:：]|\[?主持人\]?\s*[:：])"
)
"""Matches `问：本办法适用于谁？` and `记者：…`; not `问题导向。`."""
_FEW_LETTERS = 120
_ILLUSTRATED = 3


def read(page: Page, ctx: Context) -> list[dict[str, Any]]:
    """One interpretation; none when the page has neither title nor content."""
    if page.title is None and page.body_element is None:
        return []
    title = page.title or ""
    loader = InterpretationLoader()
    loader.add_value("url", page.url)
    loader.add_value("title", page.title)
    loader.add_value("documents", relations.documents(page, title))
    loader.add_value("form", form(page, title))
    loader.add_value("text", page.main_text)
    return [row(loader.load_item())]


def form(page: Page, title: str) -> str | None:
    """text, chart, audio, video, animation, press_conference or qa; null when the page shows neither text nor picture.

    The title's own words count first, then a player in the main text, then pictures that stand for the text, then a text
    of questions and answers.
    """
    named = _named(title)
    if named is not None:
        return named
    body = page.body_element
    if body is None:
        return None
    if _VIDEO(body) or any(_PLAYERS.search(frame.get("src") or "") for frame in body.iter("iframe")):
        return "video"
    if _AUDIO(body):
        return "audio"
    letters = len(normalise.compact(page.main_text))
    pictures = len(nodes.pictures([body]))
    if pictures and (letters < _FEW_LETTERS or (pictures >= _ILLUSTRATED and letters < 60 * pictures)):
        return "chart"
    if sum(_QUESTION.match(line) is not None for line in page.main_text.split("\n")) >= 2:
        return "qa"
    return "text" if letters else None


def _named(title: str) -> str | None:
    """The form a title names outside the name of its document: not 问答 in `《…知识问答办法》解读`."""
    bare = re.sub(r"《[^》]*》", "", normalise.compact(title))
    labels = rulebook.labels("interpretation")
    return next((name for name in _ORDER if any(word in bare for word in labels.get(name, ()))), None)
