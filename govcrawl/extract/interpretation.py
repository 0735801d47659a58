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
_VIDEO = etree.XPath(
    "boolean(.//video | .//embed[contains(@src,'.mp4') or contains(@src,'.flv') or contains(@src,'.swf')] | .//source[contains(@type,'video')]"
    " | .//object[contains(@data,'.mp4') or contains(@data,'.swf')] | .//a[contains(@href,'.mp4')])"
)
_AUDIO = etree.XPath(
    "boolean(.//audio | .//source[contains(@type,'audio')] | .//embed[contains(@src,'.mp3')] | .//a[contains(@href,'.mp3')])"
)
_PLAYER_BOX = etree.XPath(
    "boolean(.//*[contains(@id,'player') or contains(@id,'video') or contains(@class,'player') or contains(@class,'video')])"
)
_SCRIPTED = re.compile(r"""["'][^"'\s]{1,300}\.(?P<kind>mp4|m3u8|flv|mp3)(?:\?[^"']*)?["']""", re.I)
"""A file that a player's script plays: matches `source: '/upload/jd.mp4'`; not `/mp4/index.html`."""
_PLAYERS = re.compile(r"player|video|vod|/v/|bilibili|qq\.com/txp|youku|cctv|haokan|\.mp4", re.I)
"""Matches the address of an embedded player `https://player.bilibili.com/…`; not `/map.html`."""
_QUESTION = re.compile(
    r"^(?:问\s*[:：]|问题?[一二三四五六七八九十\d]+\s*[:：、]|Q\d*\s*[:：]|\d{1,2}[.、．]\s*问\s*[:：]|记者\s*[:：]|\[?主持人\]?\s*[:：])"
)
"""Matches `问：本办法适用于谁？` and `记者：…`; not `问题导向。`."""
_HOST = re.compile(r"^\[?主持人[^:：]{0,8}\]?\s*[:：]")
"""Matches `主持人：各位记者朋友`; not `主持人介绍`."""
_CONFERENCE = re.compile(r"新闻发布会|新闻通气会|吹风会")
_ICON = re.compile(r"icon|/ico|fileico|/doc\.gif|/pdf\.gif|qrcode|ewm|share|print|weixin|wechat", re.I)
"""Pictures that are no content: matches `/images/icon_doc.gif`, `/ewm.png`; not `/W020261103.jpg`."""
_SMALL = 120
"""Width or height in pixels, as printed, up to which a picture is an icon."""
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
    played = _played(page)
    if played is not None:
        return played
    lines = page.main_text.split("\n")
    if _CONFERENCE.search(page.main_text[:400]) and any(_HOST.match(line) for line in lines):
        return "press_conference"
    letters = len(normalise.compact(page.main_text))
    pictures = sum(not _is_icon(picture) for picture in nodes.pictures([body]))
    if pictures and (letters < _FEW_LETTERS or (pictures >= _ILLUSTRATED and letters < 60 * pictures)):
        return "chart"
    if sum(_QUESTION.match(line) is not None for line in lines) >= 2:
        return "qa"
    return "text" if letters else None


def _played(page: Page) -> str | None:
    """video or audio where the main text holds the box of a player and a script names its file."""
    body = page.body_element
    if body is None or not _PLAYER_BOX(body):
        return None
    for script in page.scripts:
        hit = _SCRIPTED.search(script.text) if len(script.text) < 100_000 else None
        if hit is not None:
            return "audio" if hit["kind"].lower() == "mp3" else "video"
    return None


def _is_icon(picture: nodes.Element) -> bool:
    sizes = [picture.get(name) or "" for name in ("width", "height")]
    small = any(size.removesuffix("px").isdigit() and int(size.removesuffix("px")) <= _SMALL for size in sizes)
    return small or _ICON.search(picture.get("src") or picture.get("data-src") or "") is not None


def _named(title: str) -> str | None:
    """The form a title names outside the name of its document: not 问答 in `《…知识问答办法》解读`."""
    bare = re.sub(r"《[^》]*》", "", normalise.compact(title))
    labels = rulebook.labels("interpretation")
    return next((name for name in _ORDER if any(word in bare for word in labels.get(name, ()))), None)
