"""Moon+ Reader: its export file, its sync files, and notes shared as text."""
