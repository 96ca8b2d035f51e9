import { AgedBalance } from "@credit_management/aged_balance/aged_balance";
import { patch } from "@web/core/utils/patch";

// customers whose workbook is there before one has looked elsewhere
const AT_ONCE = 2000;

/** A job makes the workbook of many customers. */
patch(AgedBalance.prototype, {
    async export(extension) {
        if (extension !== "xlsx" || this.report.total.customers <= AT_ONCE) {
            return super.export(extension);
        }
        const task = await this.orm.call("credit.aged.balance", "action_export_later", [
            this.options,
        ]);
        return this.action.doAction(task);
    },
});
