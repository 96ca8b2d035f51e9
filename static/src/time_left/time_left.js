import { Component } from "@odoo/owl";
import { formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const { DateTime, Duration } = luxon;

// From so many hours before the time target on, it is worth a colour.
const SOON = 1;

/**
 * Say how far a moment lies ahead, or behind, in the largest unit that still tells something.
 *
 * @param {luxon.DateTime} moment
 * @param {luxon.DateTime} now
 * @returns {{ isLate: boolean, isSoon: boolean, length: luxon.Duration }}
 */
export function timeLeft(moment, now) {
    const minutes = Math.round(moment.diff(now).as("minutes"));
    const distance = Math.abs(minutes);
    let length = { minutes: distance };
    if (distance >= 48 * 60) {
        length = { days: Math.floor(distance / (24 * 60)) };
    } else if (distance >= 60) {
        length = { hours: Math.floor(distance / 60) };
    }
    return {
        isLate: minutes < 0,
        isSoon: minutes >= 0 && distance < SOON * 60,
        length: Duration.fromObject(length),
    };
}

export class CreditTimeLeft extends Component {
    static template = "credit_management.CreditTimeLeft";
    static props = standardFieldProps;

    get value() {
        return this.props.record.data[this.props.name];
    }

    get left() {
        return timeLeft(this.value, DateTime.now());
    }

    get text() {
        const { isLate, length } = this.left;
        const time = length.reconfigure({ locale: this.value.locale }).toHuman();
        return isLate ? _t("Late by %(time)s", { time }) : _t("%(time)s left", { time });
    }

    get className() {
        const { isLate, isSoon } = this.left;
        if (isLate) {
            return "text-danger fw-bold";
        }
        return isSoon ? "text-warning fw-bold" : "text-muted";
    }

    get title() {
        return _t("To decide before %(moment)s", { moment: formatDateTime(this.value) });
    }
}

export const creditTimeLeft = {
    component: CreditTimeLeft,
    displayName: _t("Time Left"),
    supportedTypes: ["datetime"],
};

registry.category("fields").add("credit_time_left", creditTimeLeft);
