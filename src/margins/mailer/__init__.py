"""Ways out for replies to readers: each hands a message over to whoever carries it."""
