import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from odoo.tools import config

START = "import odoo.cli\n\nodoo.cli.main()\n"
# how libpq is told of the database server, where the configuration names it
CONNECTION = {
    "PGHOST": "db_host",
    "PGPORT": "db_port",
    "PGUSER": "db_user",
    "PGPASSWORD": "db_password",
}


class JobServer:
    """A server of its own with HTTP workers and OCA's job runner, on a database."""

    def __init__(self, database, workers=2):
        self.database = database
        self.workers = workers

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="job-server-")
        # a file, as workers start another one by its name
        script = Path(self.folder.name, "odoo_server.py")
        script.write_text(START)
        self.log = Path(self.folder.name, "server.log")
        with self.log.open("w") as log:
            self.process = subprocess.Popen(  # noqa: S603, our own command
                [sys.executable, str(script), *self._options()],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    def __exit__(self, *_error):
        # nothing of it is of value: workers go with their server
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.folder.cleanup()

    def _environment(self):
        connection = {
            name: str(config[key]) for name, key in CONNECTION.items() if config[key]
        }
        channels = {"ODOO_QUEUE_JOB_CHANNELS": f"root:{self.workers}"}
        return {**os.environ, **connection, **channels}

    def _options(self):
        return [
            f"--database={self.database}",
            f"--addons-path={','.join(config['addons_path'])}",
            f"--data-dir={config['data_dir']}",
            *["--load=base,rpc,web,queue_job", f"--workers={self.workers}"],
            *["--max-cron-threads=0", "--http-interface=127.0.0.1"],
            *[f"--http-port={_free_port()}", f"--gevent-port={_free_port()}"],
        ]

    def last_words(self):
        """Return the end of the log, and if the server has ended."""
        ended = self.process.poll()
        lines = self.log.read_text(errors="replace").splitlines()[-40:]
        return "\n".join([*lines, f"The server has ended: {ended}"])


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
