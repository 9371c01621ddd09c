"""Where raw mail is kept: one module per kind of store."""
