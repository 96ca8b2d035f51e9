"""How large a ledger must be to be measured."""

# Customers that surely have a quotation to confirm: the smallest ones, and the largest.
QUOTATIONS = 100
LEAST_CUSTOMERS = 2 * QUOTATIONS
