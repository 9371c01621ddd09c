"""Words, whitespace, dates, character sets and tolerant HTML: pure, knows no mail and no notes."""
