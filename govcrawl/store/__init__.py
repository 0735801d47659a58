"""Where a run is kept: the store (facts, records, findings, changes), the frontier, and the snapshots."""
