"""A revision for every publication, so that an import can say what it was planned for."""

import sqlalchemy as sa
from alembic import op

revision = "revisions"
down_revision = "search"


def upgrade() -> None:
    number = sa.Column("revision", sa.Integer(), nullable=False, server_default="0")
    op.add_column("publications", number)
