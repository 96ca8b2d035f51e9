"""Arithmetic of the trade: numbers in, numbers out, no database."""
