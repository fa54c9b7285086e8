"""The TLS context of a door: its certificates exactly as the scenario tells them."""

from __future__ import annotations

import itertools
import ssl
import warnings
from pathlib import Path

from diagnose.lab.pki import Pki
from diagnose.lab.scenario import Door


def context(door: Door, pki: Pki, file: Path) -> ssl.SSLContext:
    """Return a context that sends the door's chain as it is told; `file` is where its PEM is written."""
    made = _context(door, pki, file)
    if door.turns:
        turns = itertools.cycle([made, _context(door.but(chain=door.turns), pki, file)])
        made.sni_callback = lambda connection, _name, _first: setattr(connection, "context", next(turns))
    return made


def _context(door: Door, pki: Pki, file: Path) -> ssl.SSLContext:
    file.write_text(
        "".join(map(pki.pem, door.chain)) + pki.key_pem(door.chain[0], door.signs), encoding="ascii", newline="\n"
    )
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.set_ciphers(f"{door.suites}:@SECLEVEL=0")  # weak keys and signatures are a fault to be shown
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # TLS 1.0 is meant
        made.minimum_version = ssl.TLSVersion[door.lowest]
        made.maximum_version = ssl.TLSVersion[door.highest]
    made.load_cert_chain(file)
    if door.client_certificate != "never":
        made.verify_mode = ssl.CERT_REQUIRED if door.client_certificate == "demanded" else ssl.CERT_OPTIONAL
        made.load_verify_locations(cadata=pki.pem("stranger"))
    return made
