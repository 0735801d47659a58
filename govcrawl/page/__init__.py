"""Bytes and headers → Page: addresses, encoding, one parse, regions."""
