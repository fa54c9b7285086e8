"""How to see that a fault of the certificate is mended: by this tool again, or by openssl where that is at hand.

Every sentence is false while the fault is there and true afterwards; tests/lab/test_mended.py holds that with the real
program. openssl judges nothing here, it only shows: its store of roots is empty on many a Windows, and its own check of
the name takes a common name for good. `echo Q |` is understood by PowerShell, cmd and every shell of Unix, and ends
s_client; `</dev/null` is a syntax error in PowerShell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from diagnose.facts.chains import WARNING_DAYS, JudgedChain, JudgedChains
from diagnose.text import harmless

AGAIN = "Run this diagnosis again: this check passes."
HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")
_COMMON_NAME = re.compile(r"CN=((?:\\.|[^,+\\])+)")
_READ = " | openssl x509 -noout"
LISTED = "under Certificate chain"


def client(host: str, port: int, address: str = "") -> str:
    """Return the command that shows the handshake with this server, at `address` where one is given."""
    place = address or host
    connect = f"[{place}]:{port}" if ":" in place else f"{place}:{port}"
    return f"echo Q | openssl s_client -connect {connect}" + ("" if _literal(host) else f" -servername {host}")


def _literal(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def shown(judged: JudgedChains, broken: Sequence[JudgedChain], seen: str, *, read: str = "") -> str:
    """Return both ways; asked is the address itself where others of the name are well already."""
    chain = broken[0]
    if judged.file:
        return "Run this diagnosis again with the new file: this check passes."
    if not HOST.fullmatch(chain.host):
        return AGAIN
    alike = {other.address for other in judged.chains} == {other.address for other in broken}
    address = "" if alike or not HOST.fullmatch(chain.address) else chain.address
    command = client(chain.host, chain.port, address) + (f"{_READ} {read}" if read else "")
    return f"{AGAIN} Or from another computer that has openssl: `{command}` {seen}."


def named(judged: JudgedChains, broken: Sequence[JudgedChain]) -> str:
    """The name stands among the subject alternative names."""
    host = broken[0].host
    _, _, rest = host.partition(".")
    wildcard = f" or DNS:*.{rest}" if "." in rest else ""
    wanted = f"IP Address:{host}" if _literal(host) else f"DNS:{host}{wildcard}"
    return shown(judged, broken, f"lists {wanted}", read="-ext subjectAltName")


def dated(judged: JudgedChains, broken: Sequence[JudgedChain]) -> str:
    """No date is over, and none is near."""
    chain = broken[0]
    wrong = {chain.dates.first, *chain.dates.expired, *chain.dates.not_yet_valid}
    ahead = f"more than {WARNING_DAYS} days ahead"
    if chain.path and wrong == {chain.path[0].subject}:
        return shown(judged, broken, f"prints a notBefore that is past and a notAfter {ahead}", read="-dates")
    seen = f"lists {LISTED} for each one a NotBefore that is past and a NotAfter {ahead} (openssl 3 or newer)"
    return shown(judged, broken, seen)


def purposeful(judged: JudgedChains, broken: Sequence[JudgedChain]) -> str:
    """The server's own certificate is for servers; what limits its issuers openssl does not show in one line."""
    faults = (*broken[0].purpose, *broken[0].purpose_warnings)
    if not all(fault.startswith("its ") for fault in faults):
        return AGAIN
    seen = "lists TLS Web Server Authentication and Digital Signature"
    return shown(judged, broken, seen, read="-ext extendedKeyUsage,keyUsage")


def strong(judged: JudgedChains, broken: Sequence[JudgedChain]) -> str:
    """Keys and signatures of everything sent."""
    return shown(
        judged,
        broken,
        f"lists {LISTED} for each one rsaEncryption with 2048 (bit) or more, or id-ecPublicKey with 256 (bit) or more, "
        "and a sigalg of SHA256 or more (openssl 3 or newer)",
    )


def trusted(judged: JudgedChains, broken: Sequence[JudgedChain]) -> str:
    """The chain leads to a root that the reader's openssl knows too."""
    if not judged.public:
        return AGAIN
    return shown(judged, broken, "says Verify return code: 0 (ok), if openssl has the public roots there, as on Linux")


def complete(judged: JudgedChains, broken: Sequence[JudgedChain]) -> str:
    """Each certificate that was missing is sent."""
    gap = broken[0].gap
    if gap is None or gap.either:
        return AGAIN
    lines = " and ".join(f"a line s: with {_short(name)}" for name in gap.missing)
    later = "Repeat it some days later: Windows may lose an intermediate that it only fetched itself."
    proof = shown(judged, broken, f"lists {LISTED} {lines}")
    return proof if judged.file else f"{proof} {later}"


def ordered(judged: JudgedChains, broken: Sequence[JudgedChain]) -> str:
    """The order is the right one."""
    order = ", then ".join(_short(name) for name in broken[0].right_order)
    return shown(judged, broken, f"lists {LISTED} in the lines s: {order}")


def clean(judged: JudgedChains, broken: Sequence[JudgedChain]) -> str:
    """No more is sent than what is needed."""
    left = sum(not each.superfluous for each in broken[0].certificates)
    amount = "one certificate, 0 s:" if left == 1 else f"{left} certificates, 0 s: to {left - 1} s:"
    return shown(judged, broken, f"lists {LISTED} only {amount}")


def alike(differing: Sequence[JudgedChain]) -> str:
    """Every address shows the same."""
    first = differing[0]
    if not all(HOST.fullmatch(each) for each in (first.host, first.address)):
        return AGAIN
    own = len({next(iter(chain.fingerprint), "") for chain in differing}) > 1
    read = f"{_READ} -fingerprint -sha256" if own else ""
    others = ", ".join(dict.fromkeys(harmless(chain.address) for chain in differing[1:]))
    same = "the same fingerprint" if own else f"the same {LISTED}"
    command = client(first.host, first.port, first.address) + read
    return f"{AGAIN} Or where openssl is at hand: `{command}` prints {same} as with {others} in the address's place."


def _short(name: str) -> str:
    """Return the common name out of an RFC 4514 name, for openssl spells the rest another way.

    A stranger wrote it: without backticks, for what stands between them is there to be pasted.
    """
    found = _COMMON_NAME.search(name)
    return harmless(found[1] if found else name, longest=200).replace("`", "'")
