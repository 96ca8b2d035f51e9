from . import credit_incentive_rule
from . import credit_incentive_receipt
from . import credit_incentive_statement
from . import credit_incentive_line
