"""Run by Alembic: the steps, in the transaction that `margins.api.database` has opened."""

from alembic import context

from margins.api.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
