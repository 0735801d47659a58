"""What the program says about itself: logs (for people, or a JSON object a line) and metrics. Both only watch; nothing is decided by them."""
