import { Component, onWillStart, useState } from "@odoo/owl";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatFloat, formatMonetary } from "@web/views/fields/formatters";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const COLUMNS = [
    { name: "overdue_rate", label: _t("Overdue rate"), isLessBetter: true },
    { name: "dso", label: _t("DSO"), isLessBetter: true },
    { name: "cash", label: _t("Cash this month"), isLessBetter: false },
];

/**
 * Return how a figure has changed, or null where one of its values is undefined.
 *
 * @param {number | null} now
 * @param {number | null} before
 */
export function changeOf(now, before) {
    return now === null || before === null ? null : now - before;
}

/**
 * Return rows with their place by a figure; those without the figure come last, without a place.
 *
 * @param {Object[]} rows
 * @param {string} name of the figure
 * @param {boolean} isLessBetter
 */
export function placed(rows, name, isLessBetter) {
    const known = rows.filter((row) => row[name] !== null);
    const sign = isLessBetter ? 1 : -1;
    known.sort((one, other) => sign * (one[name] - other[name]));
    return [
        ...known.map((row) => ({
            ...row,
            place: 1 + known.findIndex((other) => other[name] === row[name]),
        })),
        ...rows.filter((row) => row[name] === null).map((row) => ({ ...row, place: null })),
    ];
}

/** What salespeople see of the cash of their customers, on one page. */
export class CreditSalesCockpit extends Component {
    static template = "credit_management.CreditSalesCockpit";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.columns = COLUMNS;
        this.state = useState({
            data: null,
            salespersonId: false,
            ranking: [],
            column: COLUMNS[0],
        });
        onWillStart(() => this.load());
    }

    get data() {
        return this.state.data;
    }

    get figures() {
        return this.data.figures;
    }

    async load() {
        this.state.data = await this.orm.call("credit.sales.cockpit", "data", [
            this.state.salespersonId,
        ]);
        await this.loadRanking();
    }

    async loadRanking() {
        this.state.ranking = this.data.has_ranking
            ? await this.orm.call("credit.sales.cockpit", "ranking", [])
            : [];
    }

    async onSalespersonChanged(ev) {
        this.state.salespersonId = Number(ev.target.value) || false;
        await this.load();
    }

    async switchRanking() {
        const shown = !this.data.has_ranking;
        await this.orm.call("credit.sales.cockpit", "switch_ranking", [shown]);
        this.data.has_ranking = shown;
        await this.loadRanking();
    }

    // ------------------------------------------------------------------
    // What is shown
    // ------------------------------------------------------------------

    /** Return an amount without cents: the lists behind have them. */
    money(amount) {
        return formatMonetary(amount, {
            currencyId: this.data.currency_id,
            digits: [16, 0],
            trailingZeros: false,
        });
    }

    days(value) {
        return formatFloat(value, { digits: [16, 0] });
    }

    percent(value) {
        return `${formatFloat(value, { digits: [16, 1] })} %`;
    }

    date(text) {
        return formatDate(deserializeDate(text));
    }

    figure(name, value) {
        if (value === null) {
            return _t("none");
        }
        return { overdue_rate: this.percent, dso: this.days, cash: this.money }[name].call(
            this,
            value
        );
    }

    /** Return since when and how a figure moves, for the small line of its tile. */
    change(name) {
        const change = changeOf(this.figures[name], this.figures.before[name]);
        if (change === null) {
            return null;
        }
        const digits = [16, name === "dso" ? 0 : 1];
        const text = formatFloat(Math.abs(change), { digits });
        return {
            text,
            isNone: text === formatFloat(0, { digits }),
            isWorse: change > 0,
            since: this.date(this.figures.before_date),
        };
    }

    get ranking() {
        const { name, isLessBetter } = this.state.column;
        return placed(this.state.ranking, name, isLessBetter);
    }

    // ------------------------------------------------------------------
    // What a click opens
    // ------------------------------------------------------------------

    openList(name, model, domain, views = ["list", "kanban", "form"]) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: model,
            domain,
            views: views.map((type) => [false, type]),
        });
    }

    openCustomers(domain, name) {
        return this.openList(name, "credit.sales.customer", domain, ["list", "kanban"]);
    }

    openAll() {
        return this.openCustomers(this.data.customers.domain, _t("Customers"));
    }

    openOverdue() {
        return this.openCustomers(this.data.customers.overdue_domain, _t("Overdue Customers"));
    }

    openCalls() {
        return this.openCustomers(this.data.customers.call_domain, _t("Calls Worth Making"));
    }

    openDisputes() {
        return this.openList(
            _t("Disputes to Answer"),
            "credit.dispute",
            this.data.disputes.domain
        );
    }

    openHolds() {
        return this.openList(_t("Orders on Hold"), "credit.hold", this.data.holds.domain);
    }

    openAlerts() {
        return this.openList(_t("Alerts"), "credit.alert", this.data.alerts.domain);
    }

    openIncentive() {
        return this.openList(
            _t("Incentive Statements"),
            "credit.incentive.statement",
            this.data.incentive.domain
        );
    }

    openRecord(model, id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("credit_management.sales_cockpit", CreditSalesCockpit);
