"""Targets: what a user asks to be inspected, as read from an address or a registry row."""

from __future__ import annotations

from dataclasses import dataclass

NORMAL = "正常"


@dataclass(slots=True, frozen=True, kw_only=True)
class Target:
    """One site to inspect. Only `url` and `site` are always known."""

    url: str
    """Canonical address of the home page."""
    site: str
    """网站标识码 of the registry, else the host; fixed before the first write."""
    site_code: str | None = None
    name: str | None = None
    organizer: str | None = None
    supervisor: str | None = None
    type: str | None = None
    """网站类型 as the registry prints it: 门户, 部门, 专项 …"""
    level: str | None = None
    class_: str | None = None
    admin_order: int | None = None
    public_services: bool = True
    icp_number: str | None = None
    police_number: str | None = None
    state: str = NORMAL
    state_from: str | None = None
    state_to: str | None = None
    state_ground: str | None = None
    """批准文号 of a temporary or lasting closure."""
    hosts: tuple[str, ...] = ()
    service_hosts: tuple[str, ...] = ()
    message_hosts: tuple[str, ...] = ()
    basis: str | None = None
    """Notice and supervising unit of an ordered inspection; lifts robots.txt."""
    hours: str | None = None
    """Allowed hours, `22-6`."""
    start: str | None = None
    """Address with a path that the crawl starts from; null = the home page."""
