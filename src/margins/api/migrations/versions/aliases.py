"""Names a tag has had, and those of tags that were merged into it: an import still says them."""

import sqlalchemy as sa
from alembic import op

revision = "aliases"
down_revision = "lexemes"


def upgrade() -> None:
    op.create_table(
        "tag_aliases",
        sa.Column("account", sa.Text(), primary_key=True),
        sa.Column("folded", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account", "tag"], ["tags.account", "tags.id"], ondelete="CASCADE"
        ),
        sa.Index("tag_aliases_by_tag", "account", "tag"),
    )
    if op.get_context().dialect.name != "postgresql":
        return
    op.execute("ALTER TABLE tag_aliases ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE tag_aliases FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_rows ON tag_aliases "
        "USING (account = current_setting('margins.account', true)) "
        "WITH CHECK (account = current_setting('margins.account', true))"
    )
