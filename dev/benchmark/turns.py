"""Two processes that measure the same thing in turns.

A machine is not equally fast from one minute to the next: what Odoo takes with the
module and without it tells their difference only when both take it at the same time.
"""

import socket
from contextlib import contextmanager


class Turns:
    """One of two ends: a round is measured while the other end waits."""

    def __init__(self, descriptor, begins):
        """Take one end of a socket pair, of which a single one ``begins``."""
        self._other = socket.socket(fileno=descriptor)
        self._is_mine = begins

    @contextmanager
    def turn(self):
        """Wait for one's turn, and give the next one to the other process."""
        if not self._is_mine:
            self._other.recv(1)  # at once and empty, when the other has come to its end
        self._is_mine = False
        try:
            yield
        finally:
            try:
                self._other.send(b".")
            except OSError:
                self._is_mine = True  # nobody is there any more
