"""Where notes go: one module per kind of place."""
