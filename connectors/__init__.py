"""Where public posts come from: one module per source, one shared HTTP client, cursors and the runner."""
