from . import res_company
from . import res_config_settings
from . import res_users
from . import credit_sales_customer
from . import credit_sales_cockpit
