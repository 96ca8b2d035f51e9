"""What the module adds to posting invoices and to registering payments."""


def measure(scene, meter):
    """Measure postings and payments.

    :return: by case, the results by variant
    """
    drafts = _invoices(scene, "move.state = 'draft'", scene.customers)
    open_ = "move.state = 'posted' AND move.payment_state = 'not_paid'"
    of_small = _invoices(scene, open_, scene.customers[len(scene.customers) // 2 :])
    of_largest = _invoices(scene, open_, scene.largest)
    cases = {
        "post 1 invoice": (drafts[:1], drafts[:1].action_post),
        f"post {len(drafts)} invoices": (drafts, drafts.action_post),
        "pay 1 invoice, small customer": (of_small[:1], _payment(of_small[:1])),
        "pay 1 invoice, largest customer": (of_largest[:1], _payment(of_largest[:1])),
    }
    return {
        name: meter.compare(scene.variants(work), size=len(moves), memory=False)
        for name, (moves, work) in cases.items()
    }


def _invoices(scene, condition, customers):
    return scene.env["account.move"].browse(
        scene.ids(
            f"""SELECT move.id
                  FROM account_move move
                 WHERE move.move_type = 'out_invoice' AND move.currency_id = %s
                   AND move.commercial_partner_id IN %s AND {condition}
              ORDER BY move.id DESC
                 LIMIT 20""",
            scene.company.currency_id.id,
            customers._ids,
        )
    )


def _payment(invoice):
    def pay():
        wizard = invoice.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard.create({})._create_payments()

    return pay
