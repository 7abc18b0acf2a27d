"""Embeddings without a model: hashed words, so that shared words are near."""
import base64
import math
import re
import struct
import zlib


def stem(word):
    """Enough of a stem that `joins` is near `join`."""
    for end in ("ing", "es", "s", "ed"):
        if word.endswith(end) and len(word) > len(end) + 3:
            return word[:-len(end)]
    return word


def of(text, size=256):
    """A unit vector; the same for the same text, everywhere and always."""
    vector = [0.0] * size
    for word in re.findall(r"\w+", text.lower()):
        if len(word) > 2:
            vector[zlib.crc32(stem(word).encode()) % size] += 1.0
    length = math.sqrt(sum(x * x for x in vector))
    if not length:
        return [1.0] + [0.0] * (size - 1)
    return [x / length for x in vector]


def pack(vector):
    """Little-endian floats in base64, as OpenAI sends them when asked to."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
