import { registry } from "@web/core/registry";

// The customer, its invoice and its dispute come from tests/test_sales_cockpit.py.
registry.category("web_tour.tours").add("credit_sales_cockpit", {
    steps: () => [
        {
            content: "what is overdue is shown",
            trigger: ".o_credit_tile[name=overdue] .o_credit_tile_value:contains('1,000')",
        },
        {
            content: "the customer is worth a call",
            trigger: ".o_credit_cockpit_calls a[href='tel:+33145678910']",
        },
        {
            content: "the dispute waits for an answer",
            trigger: ".o_credit_cockpit_disputes .o_credit_cockpit_row:contains('Dupont SA')",
        },
        {
            content: "the incentive of the month is shown",
            trigger: ".o_credit_tile[name=incentive] .o_credit_tile_value:contains('3')",
        },
        {
            content: "the teams are not compared",
            trigger: ".o_credit_cockpit_page:not(:has(.o_credit_cockpit_ranking))",
        },
        {
            content: "open what is overdue",
            trigger: ".o_credit_tile[name=overdue]",
            run: "click",
        },
        {
            content: "only the own customer is listed",
            trigger: ".o_list_view:not(:contains('Others SA')) .o_data_row:contains('Dupont SA')",
        },
        {
            content: "back to the cockpit",
            trigger: ".o_back_button, .breadcrumb-item a",
            run: "click",
        },
        {
            content: "open the customer",
            trigger: ".o_credit_cockpit_calls .o_credit_cockpit_main:contains('Dupont SA')",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=name]",
        },
    ],
});
