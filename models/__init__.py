# A room uses only the rooms above it.
from . import exposure  # what a customer owes or will owe
from . import limit  # how much is accepted, under which policy
from . import check  # what speaks against one more order
from . import hold  # an order that waits for a credit decision
from . import dunning  # reminders, level after level
from . import dispute  # what a customer contests: it rests from dunning
from . import promise  # what a customer has announced to pay
from . import plan  # what a customer pays by instalments
from . import alert  # what makes a salesperson doubt a customer
from . import kpi  # how fast sales become cash: figures as of any date
from . import incentive  # what salespeople get of the cash that comes in
from . import cockpit  # what salespeople see of the cash of their customers
