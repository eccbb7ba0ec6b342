"""Published statistics of lengths."""
