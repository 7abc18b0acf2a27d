"""
A provider behind TLS that speaks HTTP/2 and can send its callers away
(GOAWAY). It has a throw-away authority of its own: ca_file is what
[llm] ca_file names.
"""
import json
import pathlib
import socket
import ssl
import subprocess
import threading

import h2.config
import h2.connection
import h2.events

from lib.provider import EVENTS, chunk, event


def certificates(home):
    """(ca, certificate, key): files for 127.0.0.1, valid for a day."""
    home = pathlib.Path(home)
    ca, cert, key = (home / n for n in ("ca.pem", "cert.pem", "key.pem"))
    ca_key, request = home / "ca.key", home / "cert.csr"
    extension = home / "san.cnf"
    extension.write_text("subjectAltName = IP:127.0.0.1\n", encoding="ascii")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    for argv in (
            ("req", "-x509", *curve, "-keyout", ca_key, "-out", ca, "-days",
             "1", "-subj", "/CN=Throw-away authority"),
            ("req", *curve, "-keyout", key, "-out", request, "-subj",
             "/CN=127.0.0.1"),
            ("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key,
             "-CAcreateserial", "-out", cert, "-days", "1", "-extfile",
             extension)):
        subprocess.run(["openssl", *argv], check=True, capture_output=True)
    return ca, cert, key


class Connection:
    """One caller: reads requests, answers each on its stream."""

    def __init__(self, provider, sock):
        self.provider, self.sock = provider, sock
        self.h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False))
        self.bodies = {}

    def flush(self):
        self.sock.sendall(self.h2.data_to_send())

    def serve(self):
        """Until the caller hangs up; after GOAWAY nothing is read."""
        self.h2.initiate_connection()
        self.flush()
        gone = False
        while data := self.sock.recv(65536):
            if gone:
                continue
            for happened in self.h2.receive_data(data):
                if isinstance(happened, h2.events.RequestReceived):
                    self.bodies[happened.stream_id] = b""
                elif isinstance(happened, h2.events.DataReceived):
                    self.bodies[happened.stream_id] += happened.data
                    self.h2.acknowledge_received_data(
                        happened.flow_controlled_length, happened.stream_id)
                elif isinstance(happened, h2.events.StreamEnded):
                    gone = not self.answer(happened.stream_id)
            self.flush()

    def answer(self, stream):
        """False when no other request will be answered."""
        behave = self.provider.take(json.loads(self.bodies.pop(stream)))
        return behave(self, stream)

    def send_answer(self, stream, text):
        whole = b"".join(event(e) for e in (
            chunk({"role": "assistant", "content": text}),
            chunk({}, "stop"), "[DONE]"))
        self.h2.send_headers(stream, [(":status", "200"),
                                      ("content-type", EVENTS)])
        self.h2.send_data(stream, whole, end_stream=True)
        self.flush()

    def go_away(self, last_stream):
        self.h2.close_connection(last_stream_id=last_stream)
        self.flush()


# --- behaviours: of a Connection and a stream

def says(text):
    def behave(connection, stream):
        connection.send_answer(stream, text)
        return True
    return behave


def sends_away():
    """GOAWAY, and the request has not been looked at."""
    def behave(connection, stream):
        connection.go_away(stream - 2 if stream > 1 else 0)
        return False
    return behave


def says_and_sends_away(text):
    """The answer in full, and GOAWAY for whatever comes next."""
    def behave(connection, stream):
        connection.send_answer(stream, text)
        connection.go_away(stream)
        return False
    return behave


def breaks_off():
    """Half an answer; then the stream is reset."""
    def behave(connection, stream):
        connection.h2.send_headers(stream, [(":status", "200"),
                                            ("content-type", EVENTS)])
        connection.h2.send_data(
            stream, event(chunk({"role": "assistant", "content": "Half"})))
        connection.h2.reset_stream(stream, error_code=2)
        connection.flush()
        return True
    return behave


class ProviderH2:
    """Use as a context manager, with a directory for the certificates."""

    def __init__(self, home):
        self.ca_file, cert, key = certificates(home)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(cert, key)
        self.tls.set_alpn_protocols(["h2"])
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"https://127.0.0.1:{self.socket.getsockname()[1]}/v1"
        self.requests, self.connections, self._script = [], 0, []
        self.lock = threading.Lock()

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def script(self, *behaviours):
        self._script.extend(behaviours)

    def take(self, request):
        with self.lock:
            self.requests.append(request)
            if self._script:
                return self._script.pop(0)
            return says("The usual answer.")

    def _accept(self):
        try:
            while True:
                sock, _ = self.socket.accept()
                threading.Thread(target=self._serve, args=(sock,),
                                 daemon=True).start()
        except OSError:
            pass  # the end

    def _serve(self, sock):
        try:
            with self.tls.wrap_socket(sock, server_side=True) as tls:
                self.connections += 1
                Connection(self, tls).serve()
        except OSError:
            pass  # the caller is gone, or does not trust us
