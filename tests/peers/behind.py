"""The simulated HaloPSA without TLS, for a real server to stand in front of, and the diagnosis of both."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path

from diagnose import lab
from diagnose.cli import run as run_command
from diagnose.cli.request import Request
from diagnose.lab.pki import INTERMEDIATE, LEAF, LOWER
from diagnose.lab.running import Running
from diagnose.lab.scenario import AIA_HOST, HOST, ResourceServer
from diagnose.outcome import Status
from diagnose.report import Document
from diagnose.runner import ignore
from diagnose.secret_forms import written_forms
from diagnose.verdict import CheckResult

SPECS = (
    LEAF.but(name="leaf-no-aia", aia=""),
    LEAF.but(name="leaf-rsa", key="rsa-2048"),
    LEAF.but(name="leaf-weak", key="rsa-1024"),
    LEAF.but(name="leaf-sha1", digest="sha1"),
    LEAF.but(name="leaf-expired", days=(-193, -3)),
    LEAF.but(name="leaf-soon", days=(-81, 9)),
    LEAF.but(name="leaf-other-name", names=("mail.example.test",)),
    LEAF.but(name="leaf-mail", subject="CN=mail.example.test", names=("mail.example.test",)),
    LEAF.but(name="leaf-cn-only", names=()),
    LEAF.but(name="leaf-for-clients", purposes=("client",)),
    LEAF.but(name="leaf-self", issuer="leaf-self", aia=""),
    LEAF.but(name="leaf-private", issuer="private", aia=""),
    LEAF.but(name="leaf-of-two", issuer="lower", aia="{aia}/lower.cer"),
    LEAF.but(name="leaf-of-expired", issuer="intermediate-expired", aia="{aia}/intermediate-expired.cer"),
    LOWER.but(aia="{aia}/upper.cer"),
    INTERMEDIATE.but(name="intermediate-expired", subject="CN=Lab Old Server CA", days=(-1800, -2)),
)
"""What the real servers send, beside what the lab makes anyway."""


@dataclasses.dataclass(frozen=True)
class Behind:
    """A running HaloPSA that believes to be at https://HOST:port, and speaks plain HTTP at `upstream`."""

    running: Running
    port: int
    upstream: str

    def pem(self, folder: Path, chain: tuple[str, ...], signs: str = "") -> Path:
        """Write these certificates in this order, and the key, as nginx, HAProxy and OpenSSL read them."""
        pki = self.running.pki
        file = folder / f"{'-'.join((*chain, signs))}.pem"
        file.write_text("".join(map(pki.pem, chain)) + pki.key_pem(chain[0], signs), encoding="ascii")
        return file

    def diagnosed(self, *addresses: str, auth: str = "", resolve: tuple[str, ...] = (), options: str = "") -> Document:
        """Diagnose what stands at these addresses, as a user would."""
        origin = f"https://{HOST}:{self.port}"
        aia = tuple(entry for entry in self.running.resolve if entry.startswith(AIA_HOST))
        seen = dataclasses.replace(
            self.running,
            resource_server=f"{origin}/api",
            auth_server=auth or f"{origin}/auth/",
            resolve=(f"{HOST}:{self.port}:{','.join(addresses)}", *resolve, *aia),
        )
        arguments = [*seen.run_arguments(), "--client-id", seen.client_id, "--timeout", "30", "--format", "json"]
        given = run_command.command.make_context("run", [*arguments, *options.split()]).params
        return Request.read(given).run(Silent(), time.monotonic())  # type: ignore[arg-type]


class Silent:
    """A watcher that shows nothing."""

    def __call__(self, event: object) -> None:
        ignore(event)  # type: ignore[arg-type]

    def done(self) -> None:
        """Nothing is left behind."""


@contextlib.contextmanager
def halo(port: int) -> Iterator[Behind]:
    """Run the simulated HaloPSA for a server in front that will listen at this port."""
    resource = ResourceServer(auth_url=f"https://{HOST}:{port}/auth")
    with lab.start(lab.SCENARIOS["healthy"].but(plain=True, specs=SPECS, resource=resource)) as running:
        yield Behind(running, port, _plain(running))


def _plain(running: Running) -> str:
    places = [entry.split(":") for entry in running.resolve if entry.startswith(f"{HOST}:")]
    number = next(number for _, number, _ in places if not running.origin.endswith(f":{number}"))
    return f"127.0.0.1:{number}"


def assert_judged(document: Document, verdict: str, *causes: str, **expected: str) -> dict[str, CheckResult]:
    """Hold a report to its verdict, exactly its causes, and the status of further checks (`tls__dates="fail"`)."""
    report = document.report
    by_id = {check.id: check for check in report.checks}
    told = {check.id: (check.status.value, check.summary) for check in report.checks if check.status is not Status.PASS}
    assert (report.verdict.status, sorted(report.verdict.causes)) == (verdict, sorted(causes)), told
    wanted = {name.replace("__", ".").replace("_", "-"): status for name, status in expected.items()}
    assert {name: by_id[name].status.value for name in wanted} == wanted, told
    assert not [check.id for check in report.checks if check.reason and check.reason.code == "internal_error"], told
    for check in report.checks:
        assert check.evidence or check.status not in {Status.PASS, Status.FAIL}, check
        assert check.remedy or check.status is not Status.FAIL, f"{check.id} fails without a remedy"
    return by_id


def assert_no_secret(text: str, behind: Behind) -> None:
    """No way of writing the client secret occurs."""
    assert not [form for form in written_forms(behind.running.client_secret) if form in text]
