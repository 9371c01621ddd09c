"""Kobo: the device's database, the annotation files beside books, and its own text export."""
