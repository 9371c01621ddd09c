"""Mail values, in the words of RFC 5321, 5322, 2045 and 8601: pure, no I/O."""
