import { registry } from "@web/core/registry";

// The invoice, its customer and the users come from tests/test_dispute_tours.py.
registry.category("web_tour.tours").add("credit_dispute", {
    steps: () => [
        {
            content: "contest the invoice",
            trigger: ".o_form_view button[name=action_dispute]",
            run: "click",
        },
        {
            content: "choose the reason",
            trigger: ".modal .o_field_widget[name=reason_id] input",
            run: "edit Price",
        },
        {
            trigger: ".modal .o-autocomplete--dropdown-item a:contains('Price')",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=description] textarea",
            run: "edit The rebate is missing",
        },
        {
            content: "how much is contested",
            trigger: ".modal .o_data_row .o_data_cell[name=amount]",
            run: "click",
        },
        {
            trigger: ".modal .o_data_row .o_field_widget[name=amount] input",
            run: "edit 40",
        },
        {
            trigger: ".modal button[name=action_apply]",
            run: "click",
        },
        {
            content: "the dispute opens, with a resolver and a deadline",
            trigger: ".o_form_view .o_field_widget[name=description]",
        },
        {
            content: "accept it",
            trigger: ".o_statusbar_buttons button:contains('Accept')",
            run: "click",
        },
        {
            content: "a part of it",
            trigger: ".modal .o_field_widget[name=amount] input",
            run: "edit 25",
        },
        {
            content: "what there is to learn",
            trigger: ".modal .o_field_widget[name=cause_id] input",
            run: "click",
        },
        {
            trigger:
                ".modal .o-autocomplete--dropdown-item a:contains('Price list not up to date')",
            run: "click",
        },
        {
            content: "it is taken over",
            trigger:
                ".modal .o_field_widget[name=cause_id] input:value('Price list not up to date')",
        },
        {
            trigger: ".modal button[name=action_apply]:contains('Accept and Credit')",
            run: "click",
        },
        {
            content: "Odoo's draft credit note opens, of exactly the amount",
            trigger: ".o_form_view .o_field_widget[name=tax_totals]:contains('25.00')",
        },
    ],
});

registry.category("web_tour.tours").add("credit_dispute_salesperson", {
    steps: () => [
        {
            content: "a salesperson decides nothing",
            trigger: ".o_form_view:not(:has(.o_statusbar_buttons button:contains('Accept')))",
        },
        {
            content: "but answers",
            trigger: ".o_notebook .nav-link:contains('Answers')",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=answers] textarea",
            run: "edit The rebate was agreed in March",
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            trigger: ".o_form_saved, .o_form_view:not(:has(.o_form_button_save:visible))",
        },
        {
            content: "the customer gives reason for doubt",
            trigger: "button[name=action_open_customer]",
            run: "click",
        },
        {
            trigger: ".o_notebook .nav-link[name=credit]",
            run: "click",
        },
        {
            trigger: "button[name=action_credit_alert]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=reason_id] .o_selection_badge:contains('Rumours')",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=description] textarea",
            run: "edit The warehouse is half empty",
        },
        {
            trigger: ".modal button:contains('Raise the Alert')",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal))",
        },
        {
            content: "the customer's form shows it",
            trigger: "button[name=action_view_credit_alerts]",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains('Rumours')",
        },
    ],
});

registry.category("web_tour.tours").add("credit_dispute_portal", {
    steps: () => [
        {
            content: "choose the invoice on the statement",
            trigger: "input[type=checkbox][name=item]",
            run: "click",
        },
        {
            trigger: "button[formaction='/my/statement/dispute']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "a part of it is contested",
            trigger: ".o_credit_dispute_form input[type=number]",
            run: "edit 30",
        },
        {
            trigger: "#credit_reason",
            run: "selectByIndex 1",
        },
        {
            trigger: "#credit_text",
            run: "edit Two lamps are broken",
        },
        {
            trigger: ".o_credit_dispute_form button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "it is shown apart; see what becomes of it",
            trigger: ".o_credit_disputed a[href='/my/disputes']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_credit_dispute a",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_credit_dispute_page:contains('Two lamps are broken')",
        },
        {
            trigger: "#credit_dispute_text",
            run: "edit Photos follow",
        },
        {
            trigger: ".o_credit_dispute_page form button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the message is there",
            trigger: ".o_credit_dispute_message:contains('Photos follow')",
        },
    ],
});
