"""The vocabulary of the house: records, facts, hits, looks and findings. Imports nothing of ours."""
