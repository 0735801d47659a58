"""Availability probes: opening home pages at spread moments, each from one place, with a control host to doubt ourselves by."""

from govcrawl.probing.plan import due
from govcrawl.probing.rounds import Round, exit_code, line, probe_once, round_of, watch

__all__ = ["Round", "due", "exit_code", "line", "probe_once", "round_of", "watch"]
