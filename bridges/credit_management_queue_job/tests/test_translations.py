from odoo.tests import tagged

from odoo.addons.credit_management.tests import test_translations


@tagged("post_install", "-at_install")
class TestJobTranslations(test_translations.TestTranslations):
    allow_inherited_tests_method = True
    module = "credit_management_queue_job"
