import { registry } from "@web/core/registry";

// The customers and their invoices come from tests/test_overview.py.
registry.category("web_tour.tours").add("credit_overview", {
    steps: () => [
        {
            content: "the figures of the company",
            trigger: ".o_credit_overview_tile[data-tile=overdue]:contains('7,000')",
        },
        {
            content: "who owes most stands first",
            trigger: ".o_credit_overview_debtors li:first-child:contains('9,000')",
        },
        {
            content: "the curves are drawn",
            trigger: ".o_credit_overview_canvas canvas[aria-label^='Days sales']",
        },
        {
            content: "narrow it down",
            trigger: ".o_credit_overview_filters button[data-filter=salesperson]",
            run: "click",
        },
        {
            trigger: ".o-dropdown--menu .o-dropdown-item:contains('Other')",
            run: "click",
        },
        {
            content: "only one customer is left",
            trigger:
                ".o_credit_overview_debtors:not(:has(li:nth-child(2))) li:contains('Other SA')",
        },
        {
            content: "open what is behind the figure",
            trigger: ".o_credit_overview_tile[data-tile=overdue]:contains('1,000')",
            run: "click",
        },
        {
            content: "its items, and no others",
            trigger: ".o_list_view .o_data_row:contains('Other SA')",
        },
        {
            content: "back to the overview",
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a",
            run: "click",
        },
        {
            content: "which is narrowed down as before",
            trigger: ".o_credit_overview_filters button[data-filter=salesperson].fw-bold",
        },
    ],
});
