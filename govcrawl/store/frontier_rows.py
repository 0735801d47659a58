"""What a row of the frontier is made of: its key, its priority, and its context and look as text. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, fields

from govcrawl.model.facts import ATTACHMENT, DATA, LOOK, OUTSIDE, PAGE, PICTURE, RENDER, Context, PageResult
from govcrawl.model.looks import Look
from govcrawl.page import addresses


def key_of(url: str, context: Context) -> int:
    """63-bit key of a frontier row. Roles share an address's key (it is fetched once), but for what is asked of it another time."""
    if context.role in (RENDER, LOOK) or context.form is not None:
        role = f"{context.role}+render" if context.render else context.role
        return _hashed(f"{role}\n{context.form or ''}\n{addresses.key(url)}")
    return addresses.key(url)


def hop_key(source: str, target: str, context: Context) -> int:
    """Key of a redirect's target. `http://a/x` → `https://a/x` have one key by design and are yet two requests."""
    key = key_of(target, context)
    return _hashed(f"hop\n{context.role}\n{context.form or ''}\n{target}") if key == key_of(source, context) else key


def _hashed(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def priority_of(url: str, context: Context) -> int:
    """Higher is asked earlier: home, lists and their data, pages by depth, attachments, renderings, pictures and outside links."""
    if context.home:
        return 1000
    role = context.role
    if role == PAGE:
        path = url.partition("?")[0].rpartition("/")[2]
        like_a_list = not path or path.startswith(("index", "list", "col", "node"))
        return (900 if like_a_list else 700) - min(context.depth, 50)
    return {DATA: 880 - min(context.depth, 50), ATTACHMENT: 400, LOOK: 300, RENDER: 200, PICTURE: 100, OUTSIDE: 100}.get(role, 100)


_CONTEXT_DEFAULTS = {f.name: f.default for f in fields(Context)}


def dump_context(context: Context) -> str:
    return json.dumps(
        {name: value for name, default in _CONTEXT_DEFAULTS.items() if (value := getattr(context, name)) != default}, ensure_ascii=False
    )


def keyed(result: PageResult) -> Iterator[tuple[int, str, Context, None]]:
    for url, context in result.discovered:
        hop = result.visit.outcome == "redirected" and url == result.visit.redirect_to
        yield (hop_key(result.visit.url, url, context) if hop else key_of(url, context)), url, context, None


def dump_look(look: Look | None) -> str | None:
    if look is None:
        return None
    return json.dumps(asdict(look), ensure_ascii=False)


def load_look(text: str | None) -> Look | None:
    if not text:
        return None
    values = json.loads(text)
    return Look(**{**values, "asks": tuple(tuple(ask) for ask in values.get("asks", ()))})
