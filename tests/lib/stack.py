"""
Everything that runs when a site runs Coatcheck, on free ports of the loopback
interface and in a temporary directory: PostgreSQL with the sample campus,
lighttpd with the configuration that is shipped, and workers.

The programs come from $COATCHECK_TEST_BUILD, by default build/release.
"""
import atexit
import functools
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile

from lib import tokens
from lib.client import Client
from lib.postgres import Postgres
from lib.process import Process
from lib.sample import ADA, COURSES, ROOT, SAMPLE
from lib.wait import until

BUILD = pathlib.Path(
    os.environ.get("COATCHECK_TEST_BUILD") or ROOT / "build" / "release")
BUILD = BUILD if BUILD.is_absolute() else ROOT / BUILD
FCGI, WORKER = BUILD / "coatcheck.fcgi", BUILD / "coatcheck-worker"
CLI = BUILD / "coatcheck"
SANITIZER = re.compile(r"==\d+==ERROR|runtime error:|: ThreadSanitizer:")
NO_LIMITS = {"assistant.questions_per_module": "0",
             "assistant.requests_per_minute": "0"}
CAMPUS_TABLES = ("chat_message", "chat_session", "typed_question",
                 "request_rate", "persona_profile")
QUEUE_TABLES = ("job", "ready", "scheduled", "lease", "result",
                "attempt_failure", "event", "worker")


def temporary_home():
    """A directory that the user of the database can enter as well."""
    home = tempfile.mkdtemp(prefix="coatcheck-test-")
    os.chmod(home, 0o755)
    return pathlib.Path(home)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def write_conf(path, settings):
    """settings: {"section.key": value}."""
    sections = {}
    for name, value in settings.items():
        section, key = name.split(".")
        sections.setdefault(section, []).append(f"{key} = {value}\n")
    with open(path, "w", encoding="utf-8") as f:
        os.chmod(path, 0o600)
        for section, lines in sections.items():
            f.write(f"[{section}]\n{''.join(lines)}\n")
    return path


def environment(conf, **more):
    """As of this process, without settings that would override the file."""
    kept = {k: v for k, v in os.environ.items()
            if not k.startswith(("COATCHECK_", "PG"))}
    return {**kept, "COATCHECK_CONFIG": str(conf), **more}


def run_cli(conf, *argv):
    """Runs `coatcheck` and returns what it printed."""
    done = subprocess.run([CLI, *map(str, argv)], env=environment(conf),
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, (argv, done.stdout, done.stderr)
    return done.stdout


def database_settings(postgres):
    roles = {"web": "coatcheck_web", "worker": "coatcheck_worker",
             "admin": "coatcheck_admin"}
    return {"database.url": postgres.url(),
            **{f"database.{k}_url": postgres.url(v) for k, v in roles.items()},
            "auth.jwt_secret": tokens.SECRET}


@functools.lru_cache(maxsize=None)
def template():
    """A stopped cluster that holds the sample campus, made once a run."""
    for program in (FCGI, WORKER, CLI):
        assert program.exists(), f"{program} is missing: run make first"
    home = temporary_home()
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    postgres = Postgres(home / "pg")
    postgres.create()
    try:
        settings = database_settings(postgres)
        settings["database.admin_url"] = postgres.url()  # may create roles
        conf = write_conf(home / "coatcheck.conf", settings)
        run_cli(conf, "migrate")
        postgres.sql((SAMPLE / "campus.sql").read_text(encoding="utf-8"))
        for slug in COURSES:
            run_cli(conf, "ingest", "--course", slug,
                    SAMPLE / "courses" / slug)
    finally:
        postgres.stop()
    return postgres


class Stack:
    """
    Use as a context manager.
      workers   how many to start; a test can start its own as well
      settings  {"section.key": value} for all programs
      postgres  settings of the server
    """

    def __init__(self, workers=1, settings=None, postgres=None):
        self.worker_count = workers
        self.home = temporary_home()
        self.postgres = Postgres(self.home / "pg", postgres)
        self.settings = {**database_settings(self.postgres),
                         **(settings or {})}
        self.sql, self.one = self.postgres.sql, self.postgres.one
        self.port = free_port()
        self.web, self.workers, self.started = None, [], []
        self.tokens = {}

    # --- life

    def __enter__(self):
        try:
            self.postgres.copy_from(template())
            self.postgres.start()
            self.conf = write_conf(self.home / "coatcheck.conf",
                                   self.settings)
            self.start_web()
            for _ in range(self.worker_count):
                self.start_worker()
        except BaseException:
            print(self.logs())
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.started):
            if process.alive():
                process.kill() if process.state() == "T" else process.stop()
        self.postgres.stop()
        found = self.sanitizer_reports()
        shutil.rmtree(self.home, ignore_errors=True)
        assert not found, "\n".join(found)

    def sanitizer_reports(self):
        """What a build with SAN= complained of in any log."""
        found = []
        for path in sorted(self.home.glob("**/*.log")):
            text = path.read_text(encoding="utf-8", errors="replace")
            at = SANITIZER.search(text)
            if at:
                found.append(f"--- {path.name}\n{text[at.start():][:4000]}")
        return found

    def logs(self):
        """The end of every log, for a failed test."""
        parts = []
        for path in sorted(self.home.glob("**/*.log")):
            text = path.read_text(encoding="utf-8", errors="replace")
            if text:
                parts.append(f"--- {path.name}\n{text[-4000:]}")
        return "\n".join(parts)

    def run(self, name, argv, env):
        process = Process(name, argv, self.home / f"{name}.log", env)
        self.started.append(process)
        return process

    # --- programs

    def start_web(self, program=FCGI, **overrides):
        """lighttpd with the shipped configuration; overrides as in worker."""
        for name in ("run", "log", "www"):
            (self.home / name).mkdir(exist_ok=True)
        conf = self._conf("web", overrides)
        (self.home / "www" / "campus.json").write_text(
            run_cli(conf, "catalog"), encoding="utf-8")
        self.web = self.run(
            "lighttpd", ["/usr/sbin/lighttpd", "-D", "-f",
                         ROOT / "lighttpd.conf"],
            environment(
                conf, COATCHECK_PORT=str(self.port),
                COATCHECK_DOCROOT=str(ROOT / "client" / "demo"),
                COATCHECK_PROGRAM=str(program),
                COATCHECK_STATE=str(self.home),
                COATCHECK_RUN=str(self.home / "run")))
        until(self.web_answers, 10, "lighttpd answers")

    def web_answers(self):
        self.web.assert_alive()
        try:
            return self.visitor.get("/health").status < 600
        except OSError:
            return False

    def stop_web(self, **how):
        return self.web.stop(**how)

    def start_worker(self, *argv, ready=True, settings=None, env=None,
                     limits=(), **overrides):
        """
        A worker of its own settings, as in llm_base_url="http://…" or, for
        names with blanks, {"llm backup.base_url": "http://…"}.
          env      more of the environment
          limits   arguments of prlimit, such as "--nofile=64"
        """
        number = len(self.started)
        conf = self._conf(f"worker{number}", overrides, settings)
        prefix = ["prlimit", *limits, "--"] if limits else []
        worker = self.run(f"worker{number}", [*prefix, WORKER, *argv],
                          environment(conf, **(env or {})))
        self.workers.append(worker)
        if ready:
            until(lambda: self._is_registered(worker), 15,
                  f"{worker.name} is known to the database")
        return worker

    def _is_registered(self, worker):
        worker.assert_alive()
        return self.one("SELECT count(*) FROM coatcheck.worker"
                        " WHERE pid = %s AND stopped_at IS NULL", worker.pid)

    def _conf(self, name, overrides, settings=None):
        if not overrides and not settings:
            return self.conf
        named = {k.replace("_", ".", 1): v for k, v in overrides.items()}
        return write_conf(self.home / f"{name}.conf",
                          {**self.settings, **named, **(settings or {})})

    def cli(self, *argv):
        """Runs `coatcheck` with the settings of this stack."""
        return run_cli(self.conf, *argv)

    def drop_workers(self):
        """Stops them and forgets their logs."""
        for worker in self.workers:
            if worker.alive():
                worker.kill() if worker.state() == "T" else worker.stop()
        found = self.sanitizer_reports()
        for worker in self.workers:
            worker.log_path.unlink()
        self.workers.clear()
        assert not found, "\n".join(found)

    # --- callers

    @property
    def visitor(self):
        return Client(self.port)

    def learner(self, user=ADA):
        return Client(self.port, self.token(user))

    def tutor(self, user):
        return Client(self.port, self.token(user, "--role", "tutor"))

    def token(self, user, *options):
        """Minted by `coatcheck token`, once for each user."""
        key = (user, *options)
        if key not in self.tokens:
            self.tokens[key] = run_cli(
                self.conf, "token", "--user", user, *options).strip()
        return self.tokens[key]

    # --- the database as an operator sees it

    def job_row(self, ticket):
        """The job of a 202, in background_jobs."""
        (row,) = self.sql(
            "SELECT * FROM coatcheck.background_jobs WHERE job_id = %s",
            ticket.json["jobId"])
        return row

    def ledger(self, ticket):
        """What the calls for the job of a 202 have cost, in order."""
        return self.sql("SELECT * FROM llm.usage WHERE job_id = %s"
                        " ORDER BY seq", ticket.json["jobId"])

    def job_count(self):
        return self.one("SELECT count(*) FROM coatcheck.job")

    def messages(self, user):
        """(role, content) of all that a learner said and heard, in order."""
        return [tuple(row) for row in self.sql(
            "SELECT m.role, m.content FROM campus.chat_message m"
            " JOIN campus.chat_session s USING (session_id)"
            " WHERE s.user_id = %s ORDER BY m.message_id", user)]

    def enqueue(self, job_type, payload="{}", **more):
        """As another program would, in its own transaction."""
        extra = "".join(f", {k} => %s" for k in more)
        return self.one(f"SELECT coatcheck.enqueue(%s, %s{extra})",
                        job_type, payload, *more.values())

    def wait_job(self, job_id, status, within=10):
        """Waits for a status in background_jobs; returns the row."""
        def there():
            (row,) = self.sql("SELECT * FROM coatcheck.background_jobs"
                              " WHERE job_id = %s", job_id)
            return row if row.status == status else None
        return until(there, within, f"job {job_id} is {status}")

    def wait_failure(self, ticket, attempt=1, within=10):
        """Waits until an attempt has failed; returns its record."""
        def there():
            rows = self.sql("SELECT * FROM coatcheck.attempt_failure WHERE"
                            " job_id = %s AND attempt = %s",
                            ticket.json["jobId"], attempt)
            return rows and rows[0]
        return until(there, within, f"attempt {attempt} has failed")

    def forget(self):
        """No jobs, conversations, counters, nor what is known of providers."""
        names = [f"coatcheck.{t}" for t in QUEUE_TABLES]
        names += [f"campus.{t}" for t in CAMPUS_TABLES]
        tables = [row.name for row in self.sql(
            "SELECT oid::regclass::text AS name FROM pg_class"
            " WHERE relkind = 'r' AND (oid = ANY (SELECT to_regclass(n)"
            " FROM unnest(%s) n) OR relnamespace = to_regnamespace('llm'))",
            names)]
        self.sql(f"TRUNCATE {', '.join(tables)}")
