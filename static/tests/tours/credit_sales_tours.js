import { registry } from "@web/core/registry";
import tourUtils from "@sale/js/tours/tour_utils";

// The customer, its limit and the product come from tests/test_sales_screens.py.
registry.category("web_tour.tours").add("credit_salesperson", {
    steps: () => [
        {
            content: "a new quotation says nothing before it has a customer",
            trigger: ".o_form_view:not(:has(.o_credit_bar))",
        },
        ...tourUtils.selectCustomer("Dupont SA"),
        {
            content: "the customer is within its limit",
            trigger: ".o_credit_bar_light_ok:contains('Within the limit')",
        },
        ...tourUtils.addProduct("Chandelier"),
        {
            content: "before anything is saved, the order is seen to be too much",
            trigger: ".o_credit_bar_light_over:contains('exceeds the limit')",
        },
        {
            content: "what would free the order is told",
            trigger: ".o_credit_bar_light_over button:contains('What would free it?')",
            run: "click",
        },
        {
            trigger: ".o_credit_bar_ways_out li",
        },
        {
            content: "confirm",
            trigger: "button[name=action_confirm_or_hold]:contains('Confirm')",
            run: "click",
        },
        {
            content: "the salesperson is told what happened",
            trigger: ".o_notification:contains('On credit hold')",
        },
        {
            content: "the quotation is seen to be on hold",
            trigger: ".ribbon:contains('On Credit Hold')",
        },
        {
            content: "the reason is in the chatter",
            trigger: ".o-mail-Message:contains('exceeds the limit')",
        },
        {
            content: "request the release",
            trigger: "button[name=action_open_release_request]",
            run: "click",
        },
        {
            content: "the dialog shows the situation",
            trigger: ".modal .o_credit_bar_light_over",
        },
        {
            trigger: ".modal .o_field_widget[name=comment] textarea",
            run: "edit They pay on Friday",
        },
        {
            trigger: ".modal button[name=action_send]",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal))",
        },
        {
            content: "open the hold",
            trigger: "button[name=action_view_credit_holds]",
            run: "click",
        },
        {
            content: "the facts are with the hold",
            trigger:
                ".o_form_view .o_field_widget[name=request_comment]:contains('They pay on Friday')",
        },
        {
            content: "a salesperson does not decide",
            trigger: ".o_form_view:not(:has(button[name=action_decide]))",
        },
    ],
});

registry.category("web_tour.tours").add("credit_portal_signature", {
    steps: () => [
        {
            content: "sign",
            trigger: "#sale_order_sidebar_button a:contains('Accept & Sign')",
            run: "click",
        },
        {
            trigger: ".modal .o_web_sign_name_and_signature input",
            run: "fill Paul Dupont",
        },
        {
            trigger: ".modal canvas.o_web_sign_signature",
            run: "canvasNotEmpty",
        },
        {
            trigger: ".modal .o_portal_sign_submit:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the signature is acknowledged",
            trigger: "#quote_content:contains('Your order has been signed.')",
        },
        {
            content: "the order is being validated",
            trigger: ".o_credit_validating:contains('Your order is being validated.')",
        },
        {
            content: "nothing is left to do",
            trigger: "#wrapwrap:not(:has([data-bs-target='#modalaccept']))",
        },
        {
            content: "not a word about credit",
            trigger: ".o_credit_validating:not(:contains('redit'))",
        },
        {
            content: "the list of quotations says the same",
            trigger: ".breadcrumb-item a:contains('Quotations')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_portal_my_doc_table .badge:contains('Being validated')",
        },
    ],
});
