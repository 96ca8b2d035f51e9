"""What PostgreSQL itself notes of each order that becomes confirmed, or grows.

Triggers look at the end of each transaction, in its own snapshot, and count in plain
SQL: nothing here asks the module. The scene has one currency, no taxes, no down
payments and nothing delivered, which keeps the count short.
"""

EXPOSURE = """
CREATE FUNCTION stress_exposure(customer int) RETURNS numeric LANGUAGE sql AS $$
    SELECT COALESCE((
        SELECT SUM(item.amount_residual)
          FROM account_move_line item
          JOIN account_account account ON account.id = item.account_id
          JOIN res_partner p ON p.id = item.partner_id
         WHERE p.commercial_partner_id = customer
           AND account.account_type = 'asset_receivable'
           AND item.parent_state = 'posted'), 0)
         + COALESCE((
        SELECT SUM(amount_total_signed)
          FROM account_move
         WHERE commercial_partner_id = customer
           AND move_type = 'out_invoice' AND state = 'draft'), 0)
         + COALESCE((
        SELECT SUM(line.price_total * GREATEST(
                   1 - COALESCE(invoiced.quantity, 0) / line.product_uom_qty, 0))
          FROM sale_order o
          JOIN res_partner p ON p.id = o.partner_invoice_id
          JOIN sale_order_line line ON line.order_id = o.id
     LEFT JOIN LATERAL (
               SELECT SUM(item.quantity) AS quantity
                 FROM sale_order_line_invoice_rel rel
                 JOIN account_move_line item ON item.id = rel.invoice_line_id
                 JOIN account_move move ON move.id = item.move_id
                WHERE rel.order_line_id = line.id
                  AND move.move_type = 'out_invoice' AND move.state <> 'cancel'
               ) invoiced ON TRUE
         WHERE p.commercial_partner_id = customer AND o.state = 'sale'), 0)
$$"""
LIMIT = """
CREATE FUNCTION stress_limit(customer int) RETURNS numeric LANGUAGE sql AS $$
    SELECT COALESCE((
        SELECT amount FROM credit_limit_change
         WHERE partner_id = customer AND state = 'approved'
           AND date_to >= current_date AND date_from <= current_date
      ORDER BY date_from DESC, id DESC LIMIT 1),
        (SELECT (credit_limit ->> '%(company)s')::numeric
           FROM res_partner WHERE id = customer))
$$"""
RELEASE = """
CREATE FUNCTION stress_released(o sale_order) RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (
        SELECT FROM credit_hold hold
         WHERE hold.order_id = o.id AND hold.state = 'released'
           AND hold.decision <> 'automatic'
           AND o.amount_total <= hold.released_amount
                                 * (1 + hold.release_tolerance / 100.0) + 0.01)
$$"""
TABLE = """
CREATE TABLE stress_confirmation (
    order_id int, customer int, kind text, xid xid8, snapshot pg_snapshot,
    exposure numeric, credit_limit numeric, released boolean)
"""
NOTE = """
CREATE FUNCTION stress_note() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    customer int;
    o sale_order;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = 'sale'
       AND NEW.amount_total <= OLD.amount_total THEN
        RETURN NULL;
    END IF;
    SELECT * INTO o FROM sale_order WHERE id = NEW.id;
    IF o.state IS DISTINCT FROM 'sale' THEN
        RETURN NULL;
    END IF;
    SELECT commercial_partner_id INTO customer
      FROM res_partner WHERE id = o.partner_invoice_id;
    INSERT INTO stress_confirmation VALUES (
        o.id, customer,
        CASE WHEN TG_OP = 'UPDATE' AND OLD.state = 'sale'
             THEN 'grown' ELSE 'confirmed' END,
        pg_current_xact_id(), pg_current_snapshot(), stress_exposure(customer),
        stress_limit(customer), stress_released(o));
    RETURN NULL;
END
$$"""
TRIGGER = """
CREATE CONSTRAINT TRIGGER stress_note AFTER INSERT OR UPDATE ON sale_order
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'sale')
    EXECUTE FUNCTION stress_note()
"""


def install(cr, company):
    for statement in (EXPOSURE, RELEASE, TABLE, NOTE, TRIGGER):
        cr.execute(statement)
    cr.execute(LIMIT % {"company": int(company)})
