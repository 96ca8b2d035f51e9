from . import credit_aged_balance
from . import credit_aged_balance_items
from . import credit_aged_balance_check
from . import credit_aged_balance_screen
from . import credit_aged_balance_report
from . import credit_aged_balance_xlsx
