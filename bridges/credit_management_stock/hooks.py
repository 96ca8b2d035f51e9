"""What the removal tidies up."""


def uninstall_hook(env):
    """Forget the holds of deliveries: the desk is left with those of orders."""
    holds = env["credit.hold"].sudo().search([("picking_id", "!=", False)])
    customers = holds.partner_id
    holds.unlink()
    customers._mark_pending_holds()
