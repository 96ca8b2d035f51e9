import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

function collection(menu) {
    return [
        {
            content: "open what collectors do",
            trigger: "[data-menu-xmlid='credit_management.credit_collection_menu']",
            run: "click",
        },
        {
            trigger: `.o-dropdown-item[data-menu-xmlid='credit_management.${menu}']`,
            run: "click",
        },
    ];
}

// The customers, their policy and the collector come from tests/test_dunning_screens.py.
registry.category("web_tour.tours").add("credit_collector", {
    steps: () => [
        ...stepUtils.goToAppSteps(
            "credit_management.credit_management_menu",
            "open the application"
        ),
        ...collection("credit_dunning_start_menu"),
        {
            content: "preview the reminders",
            trigger: ".modal button[name=action_preview]",
            run: "click",
        },
        {
            content: "the preview says who would be reminded, of how much",
            trigger: ".o_field_widget[name=ready_ids] .o_data_row:contains('Dupont SA'):contains('500.00')",
        },
        {
            content: "and whom to call",
            trigger: ".o_field_widget[name=ready_ids] .o_data_row:contains('Martin SA'):contains('Phone call')",
        },
        {
            content: "look at who is left out",
            trigger: ".o_notebook .nav-link[name=left_out]",
            run: "click",
        },
        {
            content: "and why",
            trigger:
                ".o_field_widget[name=left_out_ids] .o_data_row:contains('Paused SA'):contains('They check the delivery')",
        },
        {
            content: "send",
            trigger: ".o_form_view button[name=action_send]",
            run: "click",
        },
        {
            content: "yes, really",
            trigger: ".modal .modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "it is done",
            trigger:
                "body:not(:has(.modal)) .o_statusbar_status button.o_arrow_button_current:contains('Done')",
        },
        {
            trigger: ".o_notebook .nav-link[name=sent]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=sent_ids] .o_data_row:contains('Dupont SA')",
        },
        ...collection("credit_dunning_delivery_menu_call"),
        {
            content: "one customer is to be called",
            trigger: ".o_data_row:contains('Martin SA') button[name=action_call]",
            run: "click",
        },
        {
            content: "the dialog tells what to say",
            trigger: ".modal .o_field_widget[name=script]:contains('When will you pay?')",
        },
        {
            content: "what is due",
            trigger: ".modal .o_field_widget[name=line_ids] .o_data_row:contains('700.00')",
        },
        {
            content: "nobody answers: when to try again is asked for",
            trigger: ".modal .o_field_widget[name=result] input[data-value=no_answer]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=call_back_date]",
        },
        {
            content: "the customer answers after all",
            trigger: ".modal .o_field_widget[name=result] input[data-value=reached]",
            run: "click",
        },
        {
            content: "there is no date to ask for any more",
            trigger: ".modal:not(:has(.o_field_widget[name=call_back_date]))",
        },
        {
            trigger: ".modal .o_field_widget[name=note] textarea",
            run: "edit They pay on Friday",
        },
        {
            content: "log it",
            trigger: ".modal button[name=action_log]",
            run: "click",
        },
        {
            content: "nobody else is to be called",
            trigger: ".o_view_nocontent:contains('Nobody to call')",
        },
    ],
});
