"""What the check adds to the confirmation of orders."""


def measure(scene, meter):
    """Measure confirmations of one and of many orders.

    :return: by case, the results by variant
    """
    Order = scene.env["sale.order"]
    of_small = Order.browse(
        _quotations(scene, scene.small.ids, "DISTINCT ON (o.partner_id)")
    )
    of_largest = Order.browse(_quotations(scene, scene.largest.ids))
    cases = {
        "1 order, small customer": of_small[:1],
        "1 order, largest customer": of_largest[:1],
        f"{len(of_small)} orders, as many customers": of_small,
        f"{len(of_largest)} orders, largest customer": of_largest,
    }
    results = {
        name: meter.compare(
            scene.variants(orders.action_confirm), size=len(orders), memory=False
        )
        for name, orders in cases.items()
    }
    order = of_small[:1]
    button = order.action_confirm_or_hold if scene.controlled else order.action_confirm
    results["1 order, button of the form"] = meter.compare(
        scene.variants(button), memory=False
    )
    return results


def _quotations(scene, customers, distinct=""):
    return scene.ids(
        f"""SELECT {distinct} o.id
              FROM sale_order o
             WHERE o.state = 'draft' AND o.currency_id = %s AND o.partner_id IN %s
          ORDER BY o.partner_id, o.id
             LIMIT 100""",
        scene.company.currency_id.id,
        tuple(customers),
    )
