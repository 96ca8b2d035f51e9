import { registry } from "@web/core/registry";

// The ledger, as of 31 March 2026, comes from tests/ledger_common.py.
registry.category("web_tour.tours").add("credit_aged_balance", {
    steps: () => [
        {
            content: "as of the end of March",
            trigger: ".o_credit_aged_date input",
            run: "edit 03/31/2026 && press Enter",
        },
        {
            content: "all customers, in agreement with the general ledger",
            trigger: ".o_credit_aged tfoot th[data-column=balance]:contains('99,600.00')",
        },
        { trigger: ".o_credit_aged_check .fa-check-circle" },
        {
            content: "by salesperson",
            trigger: ".o_credit_aged_dimension",
            run: "click",
        },
        { trigger: ".o-dropdown-item[data-dimension=salesperson]", run: "click" },
        {
            content: "the customers of one of them",
            trigger: ".o_credit_aged_group:contains('Salesperson') .o_credit_aged_toggle",
            run: "click",
        },
        {
            content: "their items",
            trigger: ".o_credit_aged_customer:contains('A SA') .o_credit_aged_toggle",
            run: "click",
        },
        {
            content: "35 days overdue, in its column",
            trigger:
                ".o_credit_aged_item:contains('35 days overdue') td[data-column=bucket_2]:contains('24,000.00')",
        },
        {
            content: "only customers with overdue items: D is not due",
            trigger: ".o_credit_aged_toggle_filters",
            run: "click",
        },
        { trigger: ".o_credit_aged_only_overdue input", run: "click" },
        {
            trigger: ".o_credit_aged tfoot th[data-column=balance]:contains('51,600.00')",
        },
        {
            content: "an item opens its document",
            trigger: ".o_credit_aged_group:contains('Salesperson') .o_credit_aged_toggle",
            run: "click",
        },
        {
            trigger: ".o_credit_aged_customer:contains('A SA') .o_credit_aged_toggle",
            run: "click",
        },
        { trigger: ".o_credit_aged_item:contains('35 days overdue') a", run: "click" },
        {
            content: "back: what was chosen is still there",
            trigger: ".o_form_view",
        },
        { trigger: ".o_breadcrumb .o_back_button, .breadcrumb a:contains('Aged Balance')", run: "click" },
        { trigger: ".o_credit_aged tfoot th[data-column=balance]:contains('51,600.00')" },
    ],
});
