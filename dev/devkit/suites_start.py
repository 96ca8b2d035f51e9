"""Start an Odoo that runs all its tests at the end, once every module is loaded.

Those that Odoo runs as soon as it has loaded their module would never meet ours.
"""

import odoo.cli
from odoo.tests import loader, suite

make_suite = loader.make_suite


def make_suite_at_the_end(modules, position="at_install"):
    if position == "at_install":
        return suite.OdooSuite()
    return make_suite(modules, "at_install,post_install")


loader.make_suite = make_suite_at_the_end
odoo.cli.main()
