"""Ways in: each turns its transport into mail objects, and outcomes into its dialect."""
