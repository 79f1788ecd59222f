"""Other people's simulators behind one small protocol: a file for each.

``Peer(case)`` loads a case (that time is not counted); ``play(i, rtol)`` returns patient ``i``'s states at the saved
times, shape (time, state), in the order of ``case.program.states``. ``MAKES`` says in a sentence what is run. To add
one, write its file, and its name and what must be installed below.
"""

import importlib
import importlib.metadata

PEERS = {"roadrunner": "libroadrunner", "copasi": "copasi-basico", "lsoda": "scipy"}


def find(name: str):
    """(module, version), or (None, why not)."""
    try:
        version = importlib.metadata.version(PEERS[name])
    except importlib.metadata.PackageNotFoundError:
        return None, f"{PEERS[name]} is not installed"
    try:
        return importlib.import_module(f"benchmarks.peers.{name}"), version
    except (ImportError, OSError) as fault:
        return None, f"{PEERS[name]} {version} cannot be used: {fault}"
