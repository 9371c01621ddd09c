"""Who may send: one module per kind of registry."""
