"""Copies and indexes that nobody reads any more: writing them took time."""

# deliveries ask their notice
COPIES = ("company_id", "customer_id", "level_id", "user_id")
# levels and policies are read beside open items, which have an index of their own
INDEXES = (
    "account_move__dunning_level_id_index",
    "account_move__dunning_policy_id_index",
    "account_move_line__dunning_level_id_index",
)


def migrate(cr, version):
    for column in COPIES:
        cr.execute(
            f"ALTER TABLE credit_dunning_delivery DROP COLUMN IF EXISTS {column}"
        )
    for index in INDEXES:
        cr.execute(f'DROP INDEX IF EXISTS "{index}"')
