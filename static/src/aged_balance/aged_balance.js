import { Component, onWillStart, useState } from "@odoo/owl";
import { formatCurrency } from "@web/core/currency";
import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { deserializeDate, formatDate, serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { download } from "@web/core/network/download";
import { MultiRecordSelector } from "@web/core/record_selectors/multi_record_selector";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { AGE_COLORS } from "../ageing_colors";

const MODEL = "credit.aged.balance";
const SEARCH_DELAY = 400;
// what is shown apart: part of the balance, whatever its age
const APART = ["disputed", "promised", "planned"];

/** What customers owe by age as of a date: groups unfold to customers, these to items. */
export class AgedBalance extends Component {
    static template = "credit_management.AgedBalance";
    static components = { DateTimeInput, Dropdown, DropdownItem, Layout, MultiRecordSelector };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        const { as_of, dimension } = this.props.action.context;
        const saved = this.props.state || {};
        this.state = useState({
            options: {
                date: as_of || serializeDate(luxon.DateTime.local()),
                dimension: dimension || "partner",
                salesperson_ids: [],
                policy_ids: [],
                collector_ids: [],
                search: "",
                only_overdue: false,
                order: "overdue",
                descending: true,
                ...saved.options,
            },
            showFilters: saved.showFilters || false,
            isLoading: false,
            report: saved.report || null,
        });
        this.search = useDebounced((text) => this.choose({ search: text }), SEARCH_DELAY);
        useSetupAction({
            getLocalState: () => ({
                options: { ...this.state.options },
                showFilters: this.state.showFilters,
            }),
        });
        onWillStart(() => this.load());
    }

    // ------------------------------------------------------------------
    // What the server knows
    // ------------------------------------------------------------------

    async load() {
        this.state.isLoading = true;
        try {
            const report = await this.keepLast.add(
                this.orm.call(MODEL, "report", [this.options]),
            );
            const level = this.isGrouped ? "group" : "customer";
            report.children = this.page(report, level, "");
            this.state.report = report;
        } finally {
            this.state.isLoading = false;
        }
    }

    /** The options as plain values: the server gets a copy. */
    get options() {
        return JSON.parse(JSON.stringify(this.state.options));
    }

    page({ lines, has_more }, type, parent) {
        return {
            type,
            lines: lines.map((line) => ({
                ...line,
                type,
                key: `${parent}/${type}${line.id}`,
                isOpen: false,
                children: null,
            })),
            hasMore: has_more,
        };
    }

    /** Unfold a group or a customer, or fold it. */
    async toggle(line) {
        if (!line.children) {
            line.children = await this.fetch(line, 0);
        }
        line.isOpen = !line.isOpen;
    }

    async loadMore(line, children) {
        const next = await this.fetch(line, children.lines.length);
        children.lines.push(...next.lines);
        children.hasMore = next.hasMore;
    }

    /** Return the customers of a group, the items of a customer, or more lines. */
    async fetch(line, offset) {
        if (line === this.state.report) {
            const found = await this.orm.call(MODEL, "lines", [this.options, offset]);
            return this.page(found, line.children.type, "");
        }
        if (line.type === "group") {
            const args = [this.options, offset, [line.id]];
            return this.page(await this.orm.call(MODEL, "lines", args), "customer", line.key);
        }
        const args = [this.options, line.id, offset];
        return this.page(await this.orm.call(MODEL, "items", args), "item", line.key);
    }

    // ------------------------------------------------------------------
    // What the user chooses
    // ------------------------------------------------------------------

    choose(changes) {
        Object.assign(this.state.options, changes);
        return this.load();
    }

    chooseDate(date) {
        return this.choose({ date: serializeDate(date || luxon.DateTime.local()) });
    }

    /** Sort by a column: highest first, then lowest first; names from A to Z first. */
    sort(name) {
        const { order, descending } = this.state.options;
        const isSame = order === name;
        return this.choose({ order: name, descending: isSame ? !descending : name !== "name" });
    }

    sortIcon(name) {
        const { order, descending } = this.state.options;
        if (order !== name) {
            return "d-none";
        }
        return descending ? "fa-caret-down" : "fa-caret-up";
    }

    get selectors() {
        return [
            { name: "salesperson_ids", model: "res.users", label: _t("Salespeople") },
            { name: "policy_ids", model: "credit.policy", label: _t("Credit policies") },
            { name: "collector_ids", model: "res.users", label: _t("Collectors") },
        ];
    }

    get filterCount() {
        const { options } = this.state;
        const chosen = this.selectors.filter(({ name }) => options[name].length);
        return chosen.length + Number(options.only_overdue);
    }

    export(extension) {
        // the file is of the companies on the screen
        const company_ids = user.activeCompanies.map(({ id }) => id);
        return download({
            url: `/credit/aged_balance/${extension}`,
            data: { options: JSON.stringify({ ...this.state.options, company_ids }) },
        });
    }

    // ------------------------------------------------------------------
    // What is shown
    // ------------------------------------------------------------------

    get report() {
        return this.state.report;
    }

    get isGrouped() {
        return this.state.options.dimension !== "partner";
    }

    get date() {
        return deserializeDate(this.state.options.date);
    }

    get dimension() {
        const { dimension } = this.state.options;
        return this.report.dimensions.find(({ name }) => name === dimension);
    }

    /** The lines that are to be seen, from the top to the bottom. */
    get rows() {
        return this.rowsOf(this.report, 0);
    }

    rowsOf(parent, level) {
        const { children } = parent;
        const rows = children.lines.flatMap((line) => [
            { ...this.rowOf(line), line, level },
            ...(line.isOpen ? this.rowsOf(line, level + 1) : []),
        ]);
        if (children.hasMore) {
            const load = () => this.loadMore(parent, children);
            rows.push({ key: `${parent.key || ""}/more`, type: "more", level, load });
        }
        return rows;
    }

    rowOf(line) {
        return { key: line.key, type: line.type, cells: this.cellsOf(line) };
    }

    cellsOf(line) {
        return this.report.columns.map(({ name, label }) => ({
            name,
            label,
            amount: line[name],
            text: line[name] || name === "balance" ? this.number(line[name]) : "",
        }));
    }

    number(amount) {
        return formatCurrency(amount, this.report.currency_id, { noSymbol: true });
    }

    money(amount, currencyId = this.report.currency_id) {
        return formatCurrency(amount, currencyId);
    }

    classOf(name, amount) {
        return {
            "text-danger": name === "overdue" && amount > 0,
            "fw-bold": name === "balance",
            "text-muted": APART.includes(name),
            o_credit_aged_apart: name === APART[0],
        };
    }

    /** What is open by age, with its share of the debts. */
    agesOf(line) {
        const ages = this.report.columns.filter(({ name }) => this.colorOf(name));
        const total = ages.reduce((sum, { name }) => sum + line[name], 0);
        return ages
            .filter(({ name }) => line[name])
            .map(({ name }) => ({
                name,
                color: this.colorOf(name),
                share: (100 * line[name]) / total,
            }));
    }

    /** The color of an age, undefined for other columns. */
    colorOf(name) {
        return AGE_COLORS[name === "not_due" ? 0 : Number(name.replace("bucket_", ""))];
    }

    itemNote(item) {
        const parts = [item.kind, formatDate(deserializeDate(item.date))];
        if (item.due) {
            parts.push(_t("due %s", formatDate(deserializeDate(item.due))));
        }
        if (item.days_overdue) {
            parts.push(_t("%s days overdue", item.days_overdue));
        }
        if (item.currency_id !== this.report.currency_id) {
            parts.push(this.money(item.open_currency, item.currency_id));
        }
        return parts.join(" · ");
    }

    get customersNote() {
        const { customers } = this.report.total;
        return customers === 1 ? _t("1 customer") : _t("%s customers", customers);
    }

    get checkNote() {
        const { balance, ledger, difference } = this.report.check;
        const values = {
            balance: this.money(balance),
            ledger: this.money(ledger),
            difference: this.money(difference),
        };
        return this.report.is_filtered
            ? _t(
                  "All customers, without filters: %(balance)s; general ledger: %(ledger)s; difference: %(difference)s",
                  values,
              )
            : _t(
                  "Total: %(balance)s; general ledger: %(ledger)s; difference: %(difference)s",
                  values,
              );
    }

    // ------------------------------------------------------------------
    // What is behind a line
    // ------------------------------------------------------------------

    openDocument(item) {
        return this.openForm("account.move", item.move_id);
    }

    openCustomer(line) {
        return this.openForm("res.partner", line.id);
    }

    openForm(model, id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("credit_aged_balance", AgedBalance);
