"""KOReader: the settings it keeps beside a book, and the four files its exporter writes."""
