"""Strings and dates in, values out: normalisation, dates, document numbers, working days, similarity. No page, no rule."""
