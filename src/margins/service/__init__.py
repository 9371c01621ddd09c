"""The whole of Margins in one process: SMTP in, delivery worker, notes API."""
