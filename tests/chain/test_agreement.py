"""The own walk and the validators never contradict each other, whatever is sent in whatever order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.chain import gaps
from tests.chain.pki import LEAF, LOWER, PRIVATE, ROOT, UPPER, Made, fetched, judged, make, server

OLD_ROOT = make("Old Root", start=-4000, end=-20)
POOL = (
    LEAF,
    LOWER,
    UPPER,
    ROOT,
    PRIVATE,
    OLD_ROOT,
    make("Lab Lower", UPPER, key=LOWER.key, start=-400, end=-5),
    make("Lab Lower", PRIVATE, key=LOWER.key),
    make("Lab Upper", PRIVATE, key=UPPER.key),
    make("Lab Upper", ROOT, key=UPPER.key, start=-800, end=-300),
    make("Lab Root", OLD_ROOT, key=ROOT.key, end=900),
    make("Lab Root", PRIVATE, key=ROOT.key, end=900),
    make("Lab Root", LOWER, key=ROOT.key, end=900),
    make("Lab Lower", UPPER),
    server(PRIVATE, subject="Another"),
)
SENT = st.lists(st.sampled_from(POOL), max_size=8).map(lambda rest: [LEAF, *rest])
ROOTS = st.sampled_from([(ROOT,), (ROOT, OLD_ROOT), (OLD_ROOT,), (PRIVATE,), ()])


@given(SENT, ROOTS)
@settings(max_examples=100, deadline=None)
def test_what_a_validator_accepts_is_complete_to_a_root(sent: list[Made], roots: tuple[Made, ...]) -> None:
    chain = judged(sent, roots=roots)
    if chain.as_sent.accepted:
        assert (chain.end, chain.gap, chain.trust) == ("root", None, "trusted")
    if chain.end == "root" and chain.as_sent.strict is not None:
        assert chain.as_sent.accepted


@given(SENT, ROOTS)
@settings(max_examples=60, deadline=None)
def test_gaps_and_judgement_say_the_same(sent: list[Made], roots: tuple[Made, ...]) -> None:
    chain = judged(sent, roots=roots)
    open_ends = gaps([each.der for each in sent], [root.read for root in roots])
    if chain.end == "root":
        assert LEAF.der not in [der for der, _ in open_ends]
    if chain.end == "missing":
        assert open_ends


@given(SENT)
@settings(max_examples=60, deadline=None)
def test_what_aia_adds_never_makes_it_worse(sent: list[Made]) -> None:
    alone = judged(sent)
    helped = judged(sent, issuers=fetched((LOWER, LEAF), (UPPER, LOWER)))
    assert helped.end == "root"
    if alone.end == "root":
        assert helped == alone
    else:
        assert helped.gap is not None
        assert alone.gap is not None or alone.trust == "private"


@given(SENT, ROOTS, st.randoms())
@settings(max_examples=60, deadline=None)
def test_the_order_changes_the_order_alone(sent: list[Made], roots: tuple[Made, ...], random: object) -> None:
    rest = sent[1:]
    random.shuffle(rest)  # type: ignore[attr-defined]
    one, other = judged(sent, roots=roots), judged([LEAF, *rest], roots=roots)
    assert (one.end, one.trust, one.dates) == (other.end, other.trust, other.dates)


def test_openssl_alone_minds_the_order_of_two_certificates_of_one_authority() -> None:
    """It takes the first that fits and does not come back: a real difference between clients."""
    private = make("Lab Lower", PRIVATE, key=LOWER.key)
    bad, good = judged([LEAF, LOWER, private], roots=[PRIVATE]), judged([LEAF, private, LOWER], roots=[PRIVATE])
    assert (bad.as_sent.lenient, bad.as_sent.strict, bad.trust) == (False, True, "trusted")
    assert bad.in_the_way == ("tls.every-client",)
    assert (good.as_sent.lenient, good.as_sent.strict, good.in_the_way) == (True, True, ())
