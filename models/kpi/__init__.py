from . import credit_kpi_customer
from . import credit_kpi_ledger
from . import credit_kpi_item
from . import credit_kpi
from . import res_company
from . import res_config_settings
