{
    "name": "Credit Management: Point of Sale",
    "summary": "A paid receipt is never lost: the order it settles waits on hold",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "author": "Credit Management contributors",
    "license": "LGPL-3",
    "depends": ["credit_management", "pos_sale"],
    "auto_install": True,
}
