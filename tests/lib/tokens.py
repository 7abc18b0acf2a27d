"""Tokens that `coatcheck token` would never mint."""
import base64
import hashlib
import hmac
import json
import time

SECRET = "a secret of the tests, of more than thirty-two bytes"


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def forge(claims, secret=SECRET, header=None, digest=hashlib.sha256):
    """A signed token with any header and any claims."""
    head = header or {"alg": "HS256", "typ": "JWT"}
    signed = ".".join(encode(json.dumps(part).encode())
                      for part in (head, claims))
    mac = hmac.new(secret.encode(), signed.encode(), digest).digest()
    return f"{signed}.{encode(mac)}"


def claims(user, for_seconds=3600, **more):
    return {"sub": user, "exp": int(time.time()) + for_seconds, **more}


def unsigned(user):
    head = encode(b'{"alg":"none","typ":"JWT"}')
    return f"{head}.{encode(json.dumps(claims(user)).encode())}."


def tampered(token, user):
    """The same signature under other claims."""
    head, _, mac = token.split(".")
    return ".".join((head, encode(json.dumps(claims(user)).encode()), mac))
