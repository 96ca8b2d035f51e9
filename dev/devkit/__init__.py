"""Tools for the developers of this module: run it, test it, talk to its Odoo.

Standard library only: it works before anything is installed, with Python 3.10 or newer.
"""
