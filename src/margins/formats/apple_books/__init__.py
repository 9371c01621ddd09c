"""Apple Books: all notes of a book sent as one mail, and single excerpts copied or shared."""
