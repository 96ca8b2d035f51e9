"""What the removal tidies up."""


def uninstall_hook(env):
    """Forget the holds of deliveries: the desk is left with those of orders."""
    env["credit.hold"].sudo().search([("picking_id", "!=", False)]).unlink()
