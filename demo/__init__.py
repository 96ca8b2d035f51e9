from . import credit_demo
from . import credit_demo_customers
from . import credit_demo_ledger
from . import credit_demo_dunning
from . import credit_demo_promises
from . import credit_demo_disputes
from . import credit_demo_orders
from . import credit_demo_holds
