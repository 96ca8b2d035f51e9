import { registry } from "@web/core/registry";

// The customer and its invoices come from tests/test_agreement_screens.py.
registry.category("web_tour.tours").add("credit_payment_plan", {
    steps: () => [
        {
            content: "open the page of credit of the customer",
            trigger: ".o_notebook .nav-link[name=credit]",
            run: "click",
        },
        {
            trigger: ".tab-pane.active button[name=action_payment_plan]",
            run: "click",
        },
        {
            content: "what is overdue is in the plan",
            trigger: ".modal .o_field_widget[name=total]:contains('100.00')",
        },
        {
            content: "four instalments",
            trigger: ".modal .o_field_widget[name=count] input",
            run: "edit 4 && press Tab",
        },
        {
            content: "they add up",
            trigger:
                ".modal .o_field_widget[name=schedule_ids]:has(.o_data_row:eq(3)) .o_data_row:contains('25.00')",
        },
        {
            trigger: ".modal button[name=action_apply]",
            run: "click",
        },
        {
            content: "the instalments are a picture",
            trigger:
                "body:not(:has(.modal)) .o_field_widget[name=time_line] .o_credit_timeline_upcoming:contains('25.00')",
        },
        {
            trigger: ".o_statusbar_buttons button[name=action_propose]:contains('Send to Sign')",
            run: "click",
        },
        {
            trigger:
                ".o_statusbar_status button.o_arrow_button_current:contains('Proposed')",
        },
    ],
});

registry.category("web_tour.tours").add("credit_plan_signature", {
    steps: () => [
        {
            content: "the plan waits",
            trigger: ".o_credit_plan a:contains('Read and sign')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_credit_plan_lines:contains('40.00')",
        },
        {
            content: "say who signs",
            trigger: ".o_web_sign_name_and_signature input",
            run: "edit Ann Dupont",
        },
        {
            trigger: "canvas.o_web_sign_signature",
            run: "canvasNotEmpty",
        },
        {
            trigger: ".o_portal_sign_submit:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_credit_plan_running:contains('Ann Dupont')",
        },
    ],
});

function tick(name) {
    return {
        content: `choose ${name}`,
        trigger: `.o_credit_item:contains('${name}') input[name=item]`,
        run: "click",
    };
}

registry.category("web_tour.tours").add("credit_portal_promise", {
    steps: () => [
        tick("INV"),
        {
            trigger: ".o_credit_requests button:contains('Announce a payment')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_credit_promise_form input[name=amount]",
            run: "edit 60",
        },
        {
            trigger: ".o_credit_promise_form input[name=date]",
            run({ anchor }) {
                // the browser's own field: today is always possible
                anchor.value = anchor.min;
            },
        },
        {
            trigger: ".o_credit_promise_form button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_credit_message.alert-success",
        },
        {
            trigger: ".o_credit_promises:contains('60.00')",
        },
    ],
});

registry.category("web_tour.tours").add("credit_portal_payment", {
    steps: () => [
        {
            trigger: ".o_credit_pay_overdue",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "what is overdue is chosen",
            trigger: ".o_credit_payment_total:contains('100.00')",
        },
        {
            content: "pay what is not due as well",
            trigger: ".o_credit_payment input[name=item]:not(:checked)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_credit_payment_total:contains('130.00')",
        },
        {
            content: "Odoo's own button",
            trigger: "button[name=o_payment_submit_button]:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the provider sends the customer back",
            trigger: ".o_credit_statement",
        },
    ],
});
