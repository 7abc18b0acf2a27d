"""A private PostgreSQL cluster on a Unix socket, run in the foreground."""
import glob
import os
import pathlib
import shutil
import signal
import subprocess

import psycopg2
import psycopg2.extras

from lib.process import Process
from lib.wait import until

BIN = pathlib.Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
SETTINGS = {
    "listen_addresses": "''",
    "fsync": "off",  # a test kills servers, not machines
    "shared_buffers": "32MB",
    "max_connections": "60",
    "autovacuum_naptime": "5s",
    "log_min_messages": "warning",
    "log_line_prefix": "'%m %a '",
}


class Postgres:
    """data/ and sockets live in `home`; the superuser is always postgres."""

    def __init__(self, home, settings=None):
        self.home = pathlib.Path(home)
        self.data, self.sockets = self.home / "data", self.home / "sockets"
        self.settings = {**SETTINGS, **(settings or {})}
        self.user = "postgres" if os.geteuid() == 0 else None
        self.process = None
        self._connection = None

    def create(self):
        """An empty cluster with a database called campus."""
        self._make_home()
        self._run(BIN / "initdb", "-D", self.data, "-U", "postgres",
                  "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
                  "--wal-segsize=4")
        self.start()
        self.sql("CREATE DATABASE campus", database="postgres")

    def copy_from(self, other):
        """The files of a stopped cluster."""
        self._make_home()
        subprocess.run(["cp", "-a", "--reflink=auto", other.data, self.data],
                       check=True)

    def _make_home(self):
        self.sockets.mkdir(parents=True)
        if self.user:
            for path in (self.home, self.sockets):
                shutil.chown(path, self.user)

    def _run(self, *argv):
        argv = [str(a) for a in argv]
        if self.user:
            argv = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}",
                    "--clear-groups", "--"] + argv
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, cwd="/")

    def start(self):
        options = [x for k, v in self.settings.items()
                   for x in ("-c", f"{k}={v.strip(chr(39))}")]
        self.process = Process(
            "postgres", [BIN / "postgres", "-D", self.data, "-k",
                         self.sockets, *options],
            self.home.parent / "postgres.log", user=self.user)
        until(self.answers, 30, "PostgreSQL answers")

    def answers(self):
        self.process.assert_alive()
        try:
            psycopg2.connect(self.url(database="postgres")).close()
            return True
        except psycopg2.OperationalError:
            return False

    def stop(self, mode="fast"):
        """fast ends sessions properly, immediate is a crash."""
        self._connection = None
        if self.process:
            self.process.stop(30, {"fast": signal.SIGINT,
                                   "immediate": signal.SIGQUIT}[mode])

    def url(self, user="postgres", database="campus"):
        return f"host={self.sockets} dbname={database} user={user}"

    def sql(self, query, *values, database="campus"):
        """Rows as named tuples; [] for what returns none. One connection."""
        if database != "campus":
            connection = psycopg2.connect(self.url(database=database))
        else:
            if self._connection is None or self._connection.closed:
                self._connection = psycopg2.connect(
                    self.url(), application_name="test")
            connection = self._connection
        connection.autocommit = True
        with connection.cursor(
                cursor_factory=psycopg2.extras.NamedTupleCursor) as cursor:
            cursor.execute(query, values or None)
            return cursor.fetchall() if cursor.description else []

    def one(self, query, *values):
        """The only column of the only row."""
        (row,) = self.sql(query, *values)
        (value,) = row
        return value

    def cut_connections(self):
        """Ends every session of the programs under test; returns how many."""
        return self.one(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE application_name <> 'test' AND usename LIKE 'coatcheck%%'")
