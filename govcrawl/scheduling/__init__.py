"""Recurring work: what a schedule file asks for, when each job is due, and the workers that carry it out."""
