"""The data feed for a scoring service: the store's change sequence as files, as a stream and over HTTP, and the JSON Schemas of what it tells."""
