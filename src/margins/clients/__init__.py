"""What several adapters reach the world through: a disk, an SQLite file, a GraphQL endpoint."""
