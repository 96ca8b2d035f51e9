"""Deliveries ask their notice for what they used to copy from it."""

COPIES = ("company_id", "customer_id", "level_id", "user_id")


def migrate(cr, version):
    for column in COPIES:
        cr.execute(
            f"ALTER TABLE credit_dunning_delivery DROP COLUMN IF EXISTS {column}"
        )
