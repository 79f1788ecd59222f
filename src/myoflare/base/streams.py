"""Named random streams: adding a patient, a process or a thread never changes the draws of another."""

import hashlib

import numpy as np


def stream(seed: int, patient: str | int, process: str, step: int = 0) -> np.random.Generator:
    """A generator of its own for (seed, patient, process, step).

    Philox is counter-based: the key is a hash of the three names and the step is the top word of the counter, so that
    no two streams overlap and none needs to be advanced past another. Salmon et al. 2011, SC11,
    doi:10.1145/2063384.2063405.

    >>> bool(stream(7, "a", "noise").random() == stream(7, "a", "noise").random())
    True
    """
    name = "\x1f".join((str(int(seed)), str(patient), process)).encode()
    key = np.frombuffer(hashlib.blake2b(name, digest_size=16).digest(), dtype=np.uint64)
    counter = np.array([0, 0, 0, step], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter))
