import logging

from odoo import api, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)

# times that a piece meets other transactions before it is left to the next call
TRIES = 5


class IrCron(models.Model):
    """Scheduled jobs that several workers share, piece by piece.

    A job may have several records, each of which another worker runs.
    """

    _inherit = "ir.cron"

    @api.model
    def _credit_pieces(self, pieces):
        """Do the pieces of a scheduled job, one after the other, while there is time.

        :param list pieces: pairs of what does the piece, and what the log calls it;
            see :meth:`_credit_piece`
        """
        self._commit_progress(remaining=len(pieces))
        for work, what in pieces:
            if not self._credit_piece(work, what):
                break

    @api.model
    def _credit_piece(self, work, what):
        """Do a piece of a scheduled job and commit it; all of it or nothing.

        What another transaction changes at the same time undoes the piece: it is
        done again, on what is there then. A piece with a problem of its own is
        logged, and does not stop the others.

        :param callable work: does the piece. It takes the locks it needs, and looks
            itself at what is left to do: it is called again after a conflict
        :param str what: the piece, as the log names it
        :return: seconds that are left for the job, 0 to stop
        """
        for left in reversed(range(TRIES)):
            try:
                work()
                self.env.cr.flush()
                break
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.env.cr.rollback()
                if not left:
                    _logger.warning("%s: others are at it; left to the next call", what)
            except Exception:
                self.env.cr.rollback()
                _logger.exception("%s; going on", what)
                break
        return self._commit_progress(1)
