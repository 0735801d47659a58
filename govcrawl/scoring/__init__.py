"""Findings and a pack → the scorecard of a site. It knows no HTML; points are exact decimals until they are printed."""

from govcrawl.scoring import decisions, sampling
from govcrawl.scoring.assignment import assign
from govcrawl.scoring.card import costs, score
from govcrawl.scoring.decisions import fingerprint, veto_fingerprint, veto_id, with_reviews
from govcrawl.scoring.sampling import candidates, draw, draw_all

__all__ = [
    "assign",
    "candidates",
    "costs",
    "decisions",
    "draw",
    "draw_all",
    "fingerprint",
    "sampling",
    "score",
    "veto_fingerprint",
    "veto_id",
    "with_reviews",
]
