"""coatcheck.fcgi as a web server without FastCGI runs it."""
import subprocess

from lib.stack import FCGI, environment


def cgi(stack, method, path, body=b"", **variables):
    """Runs the program as a web server would for one request."""
    env = {"GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": method,
           "SERVER_PROTOCOL": "HTTP/1.1", "SCRIPT_NAME": "/coatcheck.fcgi",
           "PATH_INFO": path, "REQUEST_URI": path}
    if method == "POST":
        env.update(CONTENT_LENGTH=str(len(body)),
                   CONTENT_TYPE="application/json")
    env.update(variables)
    done = subprocess.run([FCGI], input=body, capture_output=True, timeout=20,
                          env=environment(stack.conf, **env))
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    lines = dict(line.split(": ", 1) for line in head.decode().splitlines())
    return int(lines.get("Status", "200").split()[0]), lines, body
