"""What carries a tag is counted in its index alone, not by going over all that is tagged."""

from alembic import op

revision = "tagged"
down_revision = "said"


def upgrade() -> None:
    op.drop_index("annotation_tags_by_tag", "annotation_tags")
    op.create_index("annotation_tags_by_tag", "annotation_tags", ["account", "tag", "annotation"])
