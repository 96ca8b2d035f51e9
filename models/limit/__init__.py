from . import credit_policy
from . import res_company
from . import res_users
from . import res_partner
from . import res_partner_authority
from . import credit_limit_change
from . import credit_customer_exposure
from . import res_config_settings
