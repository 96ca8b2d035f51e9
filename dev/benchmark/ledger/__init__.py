"""A large ledger: a few documents that Odoo makes itself, multiplied in SQL."""
