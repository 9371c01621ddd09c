"""Adapters of the Resolver port."""
