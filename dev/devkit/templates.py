"""Databases that are made once and copied from then on.

A template's name holds what it depends on: the code of Odoo, the modules, the recipe.
"""

import hashlib
from pathlib import Path

from . import module, odoo, odoo_source, places
from .database import Database

# Installed next to the module's dependencies, so that tests and demonstration meet more
# ways to confirm an order, and a chart of accounts that exists.
TEST_EXTRAS = ["sale_management", "payment_custom", "l10n_fr_account"]
DEMO_EXTRAS = ["sale_management", "payment_custom", "l10n_fr_account"]
# The same for those that not every Odoo has at hand: their bridges come along.
DEMO_BRIDGED = ["sale_stock"]

WARM_UP = """
env["ir.qweb"]._pregenerate_assets_bundles()
env.cr.commit()
"""

# Tests take these companies, if they are there: a chart of accounts takes seconds to
# load. They bear the names that Odoo's tests give to theirs.
TEST_COMPANIES = """
for name in ("company_1_data", "company_2"):
    company = env["res.company"].create({"name": name})
    charts = env["account.chart.template"]
    charts.try_loading("generic_coa", company, install_demo=False)
    if not company.account_fiscal_country_id:
        company.account_fiscal_country_id = env.ref("base.us")
env.cr.commit()
"""

FRENCH_COMPANY = """
company = env.ref("base.main_company")
company.write({
    "name": "Atelier Lumière SAS",
    "street": "12 rue des Tisserands",
    "zip": "69004",
    "city": "Lyon",
    "country_id": env.ref("base.fr").id,
    "currency_id": env.ref("base.EUR").id,
    "phone": "+33 4 72 00 00 00",
    "email": "contact@atelier-lumiere.example",
    "website": "https://atelier-lumiere.example",
})
env.ref("base.EUR").active = True
env["res.users"].search([]).write({"tz": "Europe/Paris"})
env.cr.commit()
"""

FRENCH_CHART = """
company = env.ref("base.main_company")
if company.chart_template != "fr":
    env["account.chart.template"].try_loading("fr", company, install_demo=False)
assert company.chart_template == "fr", company.chart_template
env.cr.commit()
"""


# Tests roll back what they write. PostgreSQL's autovacuum would note meanwhile that the
# ledger has pages without rows, and plan the queries of later tests for an empty one.
NO_STATISTICS = """
DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT tablename FROM pg_tables
                 WHERE schemaname = 'public'
                   AND (tablename LIKE 'account%' OR tablename LIKE 'sale%')
    LOOP
        EXECUTE format('ALTER TABLE %I SET (autovacuum_enabled = off)', name);
    END LOOP;
END $$
"""


def for_tests():
    """Return a database with what the module depends on, and nothing else."""
    modules = _modules(TEST_EXTRAS)
    return _template("test", modules, _make_for_tests)


def for_demonstration():
    """Return the same for a French company, in English and French."""
    bridged = filter(odoo_source.find().has, DEMO_BRIDGED)
    modules = _modules([*DEMO_EXTRAS, *bridged])
    return _template("demo", modules, _make_for_demonstration)


def _modules(extras):
    return sorted({*module.dependencies(), *extras})


def _template(kind, modules, make):
    recipe = Path(__file__).read_text()
    key = "\n".join([odoo_source.find().identity, *modules, recipe])
    digest = hashlib.sha256(key.encode()).hexdigest()[:10]
    name = f"credit_template_{kind}_{digest}"
    template = Database(name, places.home() / "templates" / name)
    with places.lock(name):
        if template.made_from() is None:
            template.drop()
            make(template, modules)
            template.note.write_text(key)
    return template


def _make_for_tests(template, modules):
    odoo.install(template, modules, f"Preparing a database with {', '.join(modules)}")
    odoo.run_script(template, "Building its scripts and style sheets", WARM_UP)
    odoo.run_script(template, "Making the companies of the tests", TEST_COMPANIES)
    template.sql(NO_STATISTICS)


def _make_for_demonstration(template, modules):
    odoo.install(
        *[template, ["base"], "Preparing a database in English and French"],
        "--load-language=en_US,fr_FR",
    )
    odoo.run_script(template, "Making the company a French one", FRENCH_COMPANY)
    odoo.install(template, modules, f"Installing {', '.join(modules)}")
    odoo.run_script(template, "Loading the French chart of accounts", FRENCH_CHART)
