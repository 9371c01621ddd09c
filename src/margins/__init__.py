"""Margins: email in, notes out."""
