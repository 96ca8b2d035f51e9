import { placeOnAxis } from "@credit_management/exposure_bar/exposure_bar";
import { describe, expect, test } from "@odoo/hoot";
import { click, queryAll, queryAllTexts, queryAttribute, queryOne } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { defineModels, fields, models, mountView } from "@web/../tests/web_test_helpers";

class Customer extends models.Model {
    credit_panel = fields.Json();

    _records = [];
}

defineMailModels();
defineModels([Customer]);

const LABELS = {
    overdue: "Overdue",
    not_due: "Not due",
    order_book: "Orders",
    draft_invoices: "Draft invoices",
    unallocated: "Unallocated",
    this_order: "This order",
};

/** The example of the trade: limit 60,000, exposure 58,800, a new order of 15,000. */
const AMOUNTS = {
    overdue: 24000,
    not_due: 12000,
    order_book: 24000,
    draft_invoices: 0,
    unallocated: -1200,
    this_order: 15000,
};

function panel(amounts = AMOUNTS, values = {}) {
    const components = Object.entries(amounts).map(([key, amount]) => ({
        key,
        label: LABELS[key] ?? key,
        amount,
    }));
    const after = components.reduce((total, { amount }) => total + amount, 0);
    const exposure = after - (amounts.this_order ?? 0);
    return {
        currency_id: 2, // EUR
        light: "over",
        headline: "Over the limit by 13,800.00 €.",
        components,
        limit: 60000,
        limit_mode: "limited",
        limit_label: "Customer's own limit",
        limit_until: null,
        exposure,
        exposure_after: after,
        available: 60000 - exposure,
        findings: [],
        ways_out: [],
        ...values,
    };
}

async function mountBar(value, options = "{}") {
    Customer._records = [{ id: 1, credit_panel: value }];
    await mountView({
        type: "form",
        resModel: "customer",
        resId: 1,
        arch: `
            <form>
                <field name="credit_panel" widget="credit_exposure_bar" nolabel="1" options="${options}"/>
            </form>`,
    });
}

function shownKeys(selector) {
    return queryAll(selector).map((el) => el.dataset.key);
}

function widthOf(selector) {
    return queryOne(selector).getBoundingClientRect().width;
}

/** Amounts with plain spaces: `formatMonetary` sets a no-break space before the symbol. */
function shownAmounts(selector) {
    return queryAllTexts(selector).map((text) => text.replace(/\u00a0/g, " "));
}

describe("axis", () => {
    const AXIS = [
        {
            name: "without credits the stack starts at zero",
            amounts: [30, 30],
            limit: null,
            expected: { end: 100, zero: 0, limit: null, isOver: false },
        },
        {
            name: "credits shift the stack so that it ends at the net exposure",
            amounts: [60, -20],
            limit: null,
            expected: { end: 100, zero: 33.33, limit: null, isOver: false },
        },
        {
            name: "credits above the debts leave the stack short of zero",
            amounts: [20, -80],
            limit: null,
            expected: { end: 25, zero: 100, limit: null, isOver: false },
        },
        {
            name: "an exposure equal to the limit is not over it",
            amounts: [52],
            limit: 52,
            expected: { end: 96.15, zero: 0, limit: 96.15, isOver: false },
        },
        {
            name: "an exposure far above the limit",
            amounts: [99],
            limit: 1,
            expected: { end: 96.15, zero: 0, limit: 0.97, isOver: true },
        },
        {
            name: "nothing owed and no credit granted",
            amounts: [],
            limit: 0,
            expected: { end: 0, zero: 0, limit: 0, isOver: false },
        },
    ];
    for (const { name, amounts, limit, expected } of AXIS) {
        test(name, () => {
            const place = placeOnAxis(
                amounts.map((amount) => ({ amount })),
                limit
            );
            const round = (value) =>
                typeof value === "number" ? Math.round(value * 100) / 100 : value;
            for (const [key, value] of Object.entries(expected)) {
                expect(round(place[key])).toBe(value);
            }
        });
    }
});

for (const value of [false, {}, []]) {
    test(`an empty value shows nothing: ${JSON.stringify(value)}`, async () => {
        await mountBar(value);
        expect(".o_field_widget[name=credit_panel]").toHaveCount(1);
        expect(".o_field_widget[name=credit_panel] *").toHaveCount(0);
    });
}

test("light and headline are shown, in words too", async () => {
    await mountBar(panel());
    expect(".o_credit_bar").toHaveClass("o_credit_bar_light_over");
    expect(".o_credit_bar_head").toHaveText(/Over the limit by 13,800\.00 €\./);
    expect(".o_credit_bar_lamp .visually-hidden").toHaveText("Limit exceeded or blocked");
    expect(".o_credit_bar_lamp .fa").toHaveClass("fa-times");
});

test("an unknown light is shown as none", async () => {
    await mountBar(panel(AMOUNTS, { light: "purple" }));
    expect(".o_credit_bar").toHaveClass("o_credit_bar_light_none");
});

test("segments are in proportion, this order last", async () => {
    await mountBar(panel({ this_order: 15000, overdue: 24000, not_due: 12000 }));
    expect(shownKeys(".o_credit_bar_stack > *")).toEqual(["overdue", "not_due", "this_order"]);
    const unit = widthOf(".o_credit_bar_stack > .o_credit_bar_not_due") / 12000;
    expect(widthOf(".o_credit_bar_stack > .o_credit_bar_overdue") / unit).toBeWithin(23500, 24500);
    expect(widthOf(".o_credit_bar_stack > .o_credit_bar_this_order") / unit).toBeWithin(
        14500,
        15500
    );
});

test("a tiny segment keeps a width that can be seen", async () => {
    await mountBar(panel({ overdue: 1, not_due: 900000 }));
    expect(widthOf(".o_credit_bar_stack > .o_credit_bar_overdue")).toBeGreaterThan(3);
});

test("stack, limit and excess lie on one axis", async () => {
    await mountBar(panel());
    const track = queryOne(".o_credit_bar_track").getBoundingClientRect();
    const at = (amount) => track.left + ((amount + 1200) / (75000 * 1.04)) * track.width;
    const mark = queryOne(".o_credit_bar_mark").getBoundingClientRect();
    const stack = queryOne(".o_credit_bar_stack").getBoundingClientRect();
    const excess = queryOne(".o_credit_bar_excess").getBoundingClientRect();
    expect((mark.left + mark.right) / 2).toBeWithin(at(60000) - 1, at(60000) + 1);
    expect(stack.right).toBeWithin(at(73800) - 1, at(73800) + 1);
    expect(excess.left).toBeWithin(at(60000) - 1, at(60000) + 1);
    expect(excess.right).toBeWithin(at(73800) - 1, at(73800) + 1);
});

test("the mark stands only where a limit applies", async () => {
    await mountBar(panel());
    expect(".o_credit_bar_mark").toHaveCount(1);
    expect(shownAmounts(".o_credit_bar_mark_label")).toEqual(["Limit 60,000.00 €"]);
});

test("no mark without a limit", async () => {
    await mountBar(panel(AMOUNTS, { limit: null, limit_mode: "unlimited", available: null }));
    expect(".o_credit_bar_track").toHaveCount(1);
    expect(".o_credit_bar_mark").toHaveCount(0);
    expect(".o_credit_bar_excess").toHaveCount(0);
    expect(".o_credit_bar_figures [data-key=limit] .o_credit_bar_amount").toHaveText("Unlimited");
    expect(shownKeys(".o_credit_bar_figures > *")).toEqual(["exposure", "after", "limit"]);
});

test("a prepaid customer has a mark at zero", async () => {
    await mountBar(panel({ this_order: 100 }, { limit: 0, limit_mode: "prepaid" }));
    expect(".o_credit_bar_mark_label").toHaveText("Prepaid only: no credit");
    const track = queryOne(".o_credit_bar_track").getBoundingClientRect();
    expect(queryOne(".o_credit_bar_mark").getBoundingClientRect().left).toBeWithin(
        track.left - 2,
        track.left + 2
    );
});

test("no picture when there is neither debt nor limit", async () => {
    await mountBar(panel({ overdue: 0 }, { limit: 0, limit_mode: "prepaid", light: "ok" }));
    expect(".o_credit_bar_head").toHaveCount(1);
    expect(".o_credit_bar_picture").toHaveCount(0);
    expect(".o_credit_bar_legend").toHaveCount(0);
});

test("the legend leaves zeros out and deducts unallocated payments", async () => {
    await mountBar(panel());
    expect(shownKeys(".o_credit_bar_legend > li")).toEqual([
        "overdue",
        "not_due",
        "order_book",
        "unallocated",
        "this_order",
    ]);
    expect(shownAmounts(".o_credit_bar_legend [data-key=unallocated] .o_credit_bar_amount")).toEqual(
        ["-1,200.00 €"]
    );
    expect(".o_credit_bar_stack [data-key=unallocated]").toHaveCount(0);
    expect(".o_credit_bar_track > .o_credit_bar_credits").toHaveCount(1);
});

test("without unallocated payments nothing is hatched", async () => {
    await mountBar(panel({ overdue: 10, unallocated: 0 }));
    expect(".o_credit_bar_credits").toHaveCount(0);
});

test("figures name the limit, its source and its end", async () => {
    await mountBar(panel(AMOUNTS, { limit_until: "2026-12-31" }));
    expect(shownAmounts(".o_credit_bar_figures .o_credit_bar_amount")).toEqual([
        "58,800.00 €",
        "73,800.00 €",
        "60,000.00 €",
        "1,200.00 €",
    ]);
    expect(".o_credit_bar_figures [data-key=limit]").toHaveText(
        /Customer's own limit, until 12\/31\/2026/
    );
});

test("the picture is described for those who cannot see it", async () => {
    await mountBar(panel({ overdue: 500, this_order: 1500 }));
    expect(".o_credit_bar_picture").toHaveAttribute("role", "img");
    const description = queryAttribute(".o_credit_bar_picture", "aria-label");
    expect(description.replace(/\u00a0/g, " ")).toBe(
        "Exposure 500.00 €; Overdue 500.00 €; This order 1,500.00 €; Limit 60,000.00 €"
    );
});

test("findings: the worst first, the headline not twice", async () => {
    const headline = "Over the limit.";
    await mountBar(
        panel(AMOUNTS, {
            headline,
            findings: [
                { code: "po", severity: "pass", message: "The purchase order is given." },
                { code: "late", severity: "warn", message: "An invoice is late." },
                { code: "limit_exceeded", severity: "block", message: headline },
                { code: "promise", severity: "block", message: "A promise was broken." },
            ],
        })
    );
    expect(queryAllTexts(".o_credit_bar_findings > li")).toEqual([
        "A promise was broken.",
        "An invoice is late.",
        "The purchase order is given.",
    ]);
    expect(".o_credit_bar_findings > li:first .fa").toHaveAttribute("aria-label", "Blocks");
});

test("ways out unfold on demand", async () => {
    await mountBar(
        panel(AMOUNTS, { ways_out: [{ kind: "payment", message: "A payment of 13,800.00 €." }] })
    );
    expect(".o_credit_bar_ways_out button").toHaveAttribute("aria-expanded", "false");
    expect(".o_credit_bar_ways_out li").toHaveCount(0);
    await click(".o_credit_bar_ways_out button");
    await animationFrame();
    expect(".o_credit_bar_ways_out button").toHaveAttribute("aria-expanded", "true");
    expect(queryAllTexts(".o_credit_bar_ways_out li")).toEqual(["A payment of 13,800.00 €."]);
    await click(".o_credit_bar_ways_out button");
    await animationFrame();
    expect(".o_credit_bar_ways_out li").toHaveCount(0);
});

test("compact shows headline and bar only", async () => {
    const findings = [{ code: "late", severity: "warn", message: "An invoice is late." }];
    await mountBar(panel(AMOUNTS, { findings }), "{'compact': True}");
    expect(".o_credit_bar").toHaveClass("o_credit_bar_compact");
    expect(".o_credit_bar_head").toHaveCount(1);
    expect(".o_credit_bar_track").toHaveCount(1);
    expect(".o_credit_bar_legend, .o_credit_bar_figures, .o_credit_bar_findings").toHaveCount(0);
});
