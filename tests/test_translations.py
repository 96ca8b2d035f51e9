import io
import re
from pathlib import Path

import polib

from odoo.modules import get_module_path
from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import trans_export


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    """The template of translations is up to date, the French is complete.

    A bridge inherits these tests for texts of its own.
    """

    module = "credit_management"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        target = io.BytesIO()
        trans_export(False, [cls.module], target, "po", cls.env)
        cls.terms = cls._terms(polib.pofile(target.getvalue().decode()))

    @staticmethod
    def _terms(entries):
        return {entry.msgid for entry in entries if not entry.obsolete}

    def _catalogue(self, name):
        path = Path(get_module_path(self.module), "i18n", name)
        self.assertTrue(path.exists(), f"Export the translations: i18n/{name}")
        return polib.pofile(str(path))

    def test_template_has_the_terms_of_the_module(self):
        template = self._terms(self._catalogue(f"{self.module}.pot"))
        self.assertFalse(self.terms - template, "Terms that the template lacks")
        self.assertFalse(template - self.terms, "Terms that the module lost")

    def test_every_term_is_translated_into_french(self):
        french = self._catalogue("fr.po")
        translated = {
            entry.msgid for entry in french.translated_entries() if not entry.fuzzy
        }
        self.assertFalse(self.terms - translated, "Terms without French")
        self.assertFalse(
            [entry.msgid for entry in french if entry.fuzzy], "Uncertain French"
        )

    def test_french_has_the_placeholders_of_the_english(self):
        for entry in self._catalogue("fr.po").translated_entries():
            with self.subTest(term=entry.msgid):
                self.assertEqual(
                    self._placeholders(entry.msgid), self._placeholders(entry.msgstr)
                )

    def _placeholders(self, text):
        placeholder = r"%\(\w+\)[sdf]|%[sdf%]|\$\{[^}]+\}|<t[ /][^>]*>"
        return sorted(re.findall(placeholder, text))
