"""Evidence that is handed over: screenshots, proofs of the bytes, packs, sealed copies, and how long all that is kept."""
