import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

// The order, its customer and the manager come from tests/test_finance_screens.py.
registry.category("web_tour.tours").add("credit_manager", {
    steps: () => [
        ...stepUtils.goToAppSteps(
            "credit_management.credit_management_menu",
            "open the application"
        ),
        {
            content: "it opens on the desk; open the hold",
            trigger: ".o_credit_hold_kanban .o_kanban_record:contains('Dupont SA')",
            run: "click",
        },
        {
            content: "the hold says why the order stopped",
            trigger: ".o_form_view .o_field_widget[name=explanation]:contains('exceeds the limit')",
        },
        {
            content: "and how things are now",
            trigger: ".o_form_view .o_credit_bar_light_over",
        },
        {
            content: "decide",
            trigger: ".o_form_view button[name=action_decide]",
            run: "click",
        },
        {
            content: "the dialog shows the situation",
            trigger: ".modal .o_credit_bar_light_over",
        },
        {
            content: "use a way out",
            trigger:
                ".modal .o_kanban_record:contains('A temporary limit') button[name=action_use]",
            run: "click",
        },
        {
            content: "the dialog is filled in",
            trigger: ".modal .o_field_widget[name=limit_amount] input:value('1,300')",
        },
        {
            trigger: ".modal .o_field_widget[name=comment] textarea",
            run: "edit They pay on Friday",
        },
        {
            content: "release",
            trigger: ".modal button[name=action_apply]:contains('Release')",
            run: "click",
        },
        {
            content: "the hold is released, the dialog gone",
            trigger:
                "body:not(:has(.modal)) .o_statusbar_status button.o_arrow_button_current:contains('Released')",
        },
        {
            content: "the order went on by itself",
            trigger: ".o_stat_info:contains('Order')",
            run: "click",
        },
        {
            trigger:
                ".o_statusbar_status button.o_arrow_button_current:contains('Sales Order')",
        },
    ],
});
