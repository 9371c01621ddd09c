"""Where the private key lives: one module per place."""
