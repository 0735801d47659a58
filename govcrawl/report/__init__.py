"""What people and programs read: findings and records as JSON lines, scorecard, receipt, ledger, report. It computes no judgement."""
