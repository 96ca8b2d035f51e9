"""The speed of the module on a large ledger, against plain SQL and plain Odoo.

`command`, `databases` and `report` run outside of Odoo; the rest runs in its shell.
"""
