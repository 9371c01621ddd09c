"""When the newest mail that changed an annotation was received: an older one takes nothing back."""

import sqlalchemy as sa
from alembic import op

revision = "said"
down_revision = "vocabularies"


def upgrade() -> None:
    op.add_column("annotations", sa.Column("said_at", sa.Float()))
