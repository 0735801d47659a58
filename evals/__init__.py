"""Evaluation: what is read of pages against what is true of them, field by field, with floors that may only rise."""
