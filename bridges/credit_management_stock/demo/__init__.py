from . import credit_demo_deliveries
