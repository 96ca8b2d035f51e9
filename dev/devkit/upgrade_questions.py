"""What an upgrade must keep, asked in Odoo's shell of either version."""

import json

MODELS = [
    "credit.hold", "credit.limit.change", "credit.policy", "credit.policy.rule",
    "credit.customer.exposure", "res.partner", "sale.order", "account.move",
]  # fmt: skip
# what is ours, or a figure of ours, on models of Odoo
PREFIX = "credit_"
# of another moment
LEFT_OUT = {"write_date", "write_uid", "refreshed_at", "__last_update"}
# told by a read, whatever is stored
FIGURES = {
    "credit_exposure", "credit_receivable", "credit_overdue", "credit_unallocated",
    "credit_order_book", "credit_draft_invoices", "credit_oldest_overdue_days",
    "credit_limit_effective", "credit_limit_mode_effective", "credit_available",
    "credit_blocking_mode_effective", "credit_state",
}  # fmt: skip
PLAIN = {
    "boolean", "integer", "float", "monetary", "char", "text", "date", "datetime",
    "selection", "many2one", "many2many",
}  # fmt: skip


def answer(env, wanted=None):
    found = {"fields": {}, "records": {}}
    for name in MODELS:
        model = env[name].with_context(active_test=False, lang="en_US")
        fields = _fields(model)
        if wanted is not None:
            fields = sorted(set(fields) & set(wanted.get(name, ())))
        found["fields"][name] = fields
        found["records"][name] = {
            record["id"]: record for record in model.search([]).read(fields, load=None)
        }
    print("\n" + json.dumps(found, default=str))


def _fields(model):
    of_odoo = not model._name.startswith("credit.")
    return sorted(
        name
        for name, field in model._fields.items()
        if field.type in PLAIN
        and name not in LEFT_OUT
        and (
            (name.startswith(PREFIX) and (field.store or name in FIGURES))
            if of_odoo
            else field.store
        )
    )
