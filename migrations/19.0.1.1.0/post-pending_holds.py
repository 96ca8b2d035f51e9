"""Orders know of their pending hold: the gate looks at those that have one."""


def migrate(cr, version):
    cr.execute(
        """UPDATE sale_order
              SET credit_has_pending_hold = TRUE
            WHERE id IN (SELECT order_id FROM credit_hold WHERE state = 'pending')"""
    )
