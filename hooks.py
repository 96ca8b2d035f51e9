"""What the installation prepares, and what the removal tidies up."""


def post_init_hook(env):
    """Give the administrator the authority that others will get from them."""
    env.ref("base.user_admin").credit_authority_unlimited = True


def uninstall_hook(env):
    """Forget the limits' defaults that only this module reads."""
    names = ["credit_limit_mode", "credit_blocking_mode", "credit_policy_id"]
    env["ir.default"].search([("field_id.name", "in", names)]).unlink()
