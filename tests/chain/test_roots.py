"""The roots in force: whole, explicit, and a context that accepts exactly what was judged good."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from pathlib import Path
from typing import Any

import certifi
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from diagnose.errors import UsageError
from diagnose.fact import Unavailable
from diagnose.facts.channels import Channel
from diagnose.facts.tls import Handshakes, Issuers
from diagnose.outcome import Code
from diagnose.probes.roots import MOST_BYTES, RootStore, trust_roots
from tests.chain import pki
from tests.chain.pki import ADDRESS, HOST, LEAF, LOWER, PRIVATE, ROOT, UPPER, fetched, handshake, make, server


def pem(*made: pki.Made) -> bytes:
    return b"".join(each.x509.public_bytes(Encoding.PEM) for each in made)


def stored(folder: Path, content: bytes) -> str:
    file = folder / "roots.pem"
    file.write_bytes(content)
    return str(file)


def channel(*intermediates: pki.Made) -> Channel:
    return Channel(HOST, 443, ADDRESS, True, tuple(each.der for each in intermediates))


def shake(context: ssl.SSLContext, folder: Path, *chain: pki.Made, host: str = HOST) -> str:
    """Do a handshake in memory; return `ok` or OpenSSL's word for why not."""
    file = folder / "server.pem"
    key = chain[0].key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(key + pem(*chain))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(file)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [context.wrap_bio(down, up, server_hostname=host), serving.wrap_bio(up, down, server_side=True)]
    for end in ends * 4:
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
        except ssl.SSLCertVerificationError as error:
            return str(error.verify_code)
    return "ok"


def test_certifi_is_loaded_whole_and_without_a_warning() -> None:
    store = RootStore.load(None)
    raw = Path(certifi.where()).read_bytes()
    assert store.count == raw.count(b"BEGIN CERTIFICATE") == len(store.certificates)
    assert (store.source, store.version, store.public) == ("certifi", certifi.__version__, True)
    assert store.sha256 == hashlib.sha256(raw).hexdigest()


def test_a_file_of_roots_replaces_the_public_ones(tmp_path: Path) -> None:
    raw = pem(ROOT, PRIVATE)
    store = RootStore.load(stored(tmp_path, raw))
    assert (store.count, store.public, store.source) == (2, False, "roots.pem")
    assert store.sha256 == hashlib.sha256(raw).hexdigest()
    assert [each.subject for each in store.certificates] == [ROOT.subject, PRIVATE.subject]


def test_der_is_read_as_well_and_text_around_pem_is_ignored(tmp_path: Path) -> None:
    assert RootStore.load(stored(tmp_path, ROOT.der)).count == 1
    assert (
        RootStore.load(stored(tmp_path, b"our root\r\n" + pem(ROOT).replace(b"\n", b"\r\n") + b"\xff\xfe")).count == 1
    )


def test_what_is_no_root_in_the_file_is_not_made_one(tmp_path: Path) -> None:
    store = RootStore.load(stored(tmp_path, pem(ROOT, UPPER, LEAF)))
    assert [each.subject for each in store.certificates] == [ROOT.subject]


@pytest.mark.parametrize(
    "content",
    [b"", b"junk", b"-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----", pem(UPPER)],
    ids=["empty", "junk", "broken PEM", "no root"],
)
def test_a_file_without_a_root_is_one_sentence_that_names_the_option(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UsageError, match=r"--trust-roots .* holds no root certificate"):
        RootStore.load(stored(tmp_path, content))


def test_a_file_that_is_not_there_is_one_sentence_that_names_the_option(tmp_path: Path) -> None:
    for missing in (tmp_path / "none.pem", tmp_path):
        with pytest.raises(UsageError, match=r"--trust-roots .* cannot be read"):
            RootStore.load(str(missing))


def test_a_file_that_is_far_too_large_is_not_read_whole(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--trust-roots .* is larger than 16 MiB"):
        RootStore.load(stored(tmp_path, b"x" * (MOST_BYTES + 1)))


def test_no_more_contexts_are_kept_than_a_run_needs(tmp_path: Path) -> None:
    store = RootStore.load(stored(tmp_path, pem(ROOT)))
    contexts = {id(store.context(channel(made))) for made in [UPPER, LOWER]}
    assert len(contexts) == 2


def test_the_context_is_built_once_and_checks_everything(tmp_path: Path) -> None:
    store = RootStore.load(stored(tmp_path, pem(ROOT)))
    context = store.context(channel())
    assert store.context(channel()) is context
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.verify_flags == ssl.VerifyFlags.VERIFY_X509_TRUSTED_FIRST
    assert context.hostname_checks_common_name is False


def current(issuer: pki.Made, **more: Any) -> pki.Made:
    return server(issuer, start=-3000, end=3000, **more)


ANCHOR = make("Today's Root", start=-3000, end=3000)
ISSUING = make("Today's Issuing", ANCHOR, start=-3000, end=3000)


def test_the_context_accepts_the_good_and_refuses_each_fault(tmp_path: Path) -> None:
    context = RootStore.load(stored(tmp_path, pem(ANCHOR))).context(channel())
    good = current(ISSUING)
    assert shake(context, tmp_path, good, ISSUING) == "ok"
    assert shake(context, tmp_path, good) == "20"
    assert shake(context, tmp_path, good, ISSUING, host="other.example") == "62"
    assert shake(context, tmp_path, current(ISSUING, sans=None), ISSUING) == "62"
    assert shake(context, tmp_path, current(PRIVATE), PRIVATE) == "19"


FAULTY = {
    "nothing between": (current(ISSUING),),
    "another name": (current(ISSUING, sans=["other.example"]), ISSUING),
    "no name": (current(ISSUING, sans=None), ISSUING),
    "a private root": (current(PRIVATE), PRIVATE),
    "expired": (server(ISSUING, start=-3000, end=-1000), ISSUING),
    "for clients": (current(ISSUING, eku=[pki.CLIENT_AUTH]), ISSUING),
    "weak": (current(ISSUING, key=pki.rsa_key(1024)), ISSUING),
    "no certificate": (),
}


def test_a_chain_is_vouched_for_as_a_whole_for_this_host_and_moment(tmp_path: Path) -> None:
    store = RootStore.load(stored(tmp_path, pem(ANCHOR)))
    assert store.vouches(channel(), [current(ISSUING).der, ISSUING.der])
    assert store.vouches(channel(ISSUING), [current(ISSUING).der])
    elsewhere = Channel("other.example", 443, ADDRESS, True)
    assert not store.vouches(elsewhere, [current(ISSUING).der, ISSUING.der])


@pytest.mark.parametrize("fault", FAULTY)
def test_no_faulty_chain_is_vouched_for(tmp_path: Path, fault: str) -> None:
    store = RootStore.load(stored(tmp_path, pem(ANCHOR)))
    assert not store.vouches(channel(), [each.der for each in FAULTY[fault]])


def test_an_intermediate_of_the_channel_completes_a_chain_and_anchors_none(tmp_path: Path) -> None:
    store = RootStore.load(stored(tmp_path, pem(ANCHOR)))
    assert shake(store.context(channel(ISSUING)), tmp_path, current(ISSUING)) == "ok"
    private = make("Private Issuing", make("Private Anchor", start=-3000, end=3000), start=-3000, end=3000)
    assert shake(store.context(channel(private)), tmp_path, current(private)) != "ok"


def test_a_self_signed_certificate_among_the_intermediates_is_left_out(tmp_path: Path) -> None:
    rogue = make("Rogue", start=-3000, end=3000)
    store = RootStore.load(stored(tmp_path, pem(ANCHOR)))
    assert shake(store.context(channel(rogue)), tmp_path, current(rogue), rogue) == "19"


def observe(store: RootStore, handshakes: Any, issuers: Any) -> Any:
    return asyncio.run(trust_roots.function(store, handshakes, issuers))


def test_of_the_roots_only_those_are_kept_that_the_chains_could_lead_to(tmp_path: Path) -> None:
    store = RootStore.load(stored(tmp_path, pem(ROOT, PRIVATE, make("Unrelated Root"))))
    nothing = Issuers(allowed=True)
    complete = observe(store, Handshakes((handshake([LEAF, LOWER, UPPER]),)), nothing)
    assert complete.relevant == (ROOT.der,)
    assert (complete.count, complete.public, complete.source) == (3, False, "roots.pem")
    leaf_only = Handshakes((handshake([LEAF]),))
    assert observe(store, leaf_only, nothing).relevant == ()
    assert observe(store, leaf_only, fetched((LOWER, LEAF), (UPPER, LOWER))).relevant == (ROOT.der,)


def test_without_a_handshake_the_roots_are_still_named(tmp_path: Path) -> None:
    store = RootStore.load(stored(tmp_path, pem(ROOT)))
    gone = Unavailable(Code.BLOCKED, "", ("net.reachable",))
    assert observe(store, gone, gone).relevant == ()
