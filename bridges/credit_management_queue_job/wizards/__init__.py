from . import credit_monthly_report
from . import credit_statement_request
from . import mail_compose_message
