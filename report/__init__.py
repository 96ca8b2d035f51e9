from . import credit_statement_report
from . import aged_balance
from . import credit_statement_xlsx
from . import credit_dunning_letter
from . import credit_payment_plan_report
from . import credit_incentive_report
from . import credit_incentive_xlsx
from . import credit_monthly_workbook
