from odoo.tests import HttpCase, tagged


@tagged("post_install", "-at_install")
class TestWidgets(HttpCase):
    """Runs the tests of the client's components in a browser."""

    def test_exposure_bar(self):
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
            "&filter=%22@credit_management%22",
            "",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
        )
