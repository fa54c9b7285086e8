"""How certificates are mended on IIS, and in short on the servers that stand in front of it.

IIS has no chain file: Schannel builds what is sent from the machine's stores (Microsoft KB 954755), so the
intermediate goes into the computer's store "Intermediate Certification Authorities" and the binding is
made anew. Text of certificates is never pasted into a command unless it is of a harmless alphabet.
"""

from __future__ import annotations

import re

from diagnose import Command, Remedy
from diagnose.facts.chains import FetchedCertificate, Gap, JudgedChain
from diagnose.text import harmless

_URL = re.compile(r"http://[A-Za-z0-9.:\[\]-]{1,253}/[A-Za-z0-9._~/%+=-]{0,500}")
HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")
_REBUILD = (
    "Let Windows build the chain anew: IIS Manager > the site > Bindings > https > Edit, choose the "
    "certificate again and press OK, or run iisreset. If the old chain is still sent, restart the server."
)
_OTHERS = (
    "Where something else than IIS ends TLS, it is mended there. nginx: put the certificate and then every "
    "intermediate into the file of ssl_certificate. Apache 2.4.8 or newer: likewise in SSLCertificateFile. "
    "HAProxy: key, certificate, intermediates in the file of crt. A load balancer or gateway: upload the PFX or "
    "PEM with the whole chain."
)


def install_intermediate(chain: JudgedChain, gap: Gap) -> Remedy:
    """Install exactly the certificates that are not sent."""
    names = harmless(" and ".join(gap.missing))
    return Remedy(
        summary=_what_to_do(gap, names),
        steps=(
            _get(gap),
            (
                "On the server, as administrator: certlm.msc > Intermediate Certification Authorities > Certificates > "
                "right-click > All Tasks > Import. Use the computer's store, not the user's, and never put an "
                "intermediate into Trusted Root Certification Authorities."
            ),
            _REBUILD,
            _OTHERS,
        ),
        commands=tuple(command for found in gap.fetched for command in _import(found)),
        verify=verify(chain),
    )


def _what_to_do(gap: Gap, names: str) -> str:
    if gap.either:
        return f"Install {names} on the server, or, if it is your own authority's root, replace the certificate"
    return f"Install the missing intermediate certificate on the server: {names}"


def _get(gap: Gap) -> str:
    if gap.fetched:
        found = "; ".join(f"{each.subject} (thumbprint {each.thumbprint}) from {each.url}" for each in gap.fetched)
        return harmless(f"{'Download' if gap.fetched[0].url.startswith('http') else 'Take'} {found}")
    if gap.either:
        return harmless(
            f"Ask whoever issued the certificate for {gap.missing[-1]}. If that is your own authority, the "
            "certificate has to be replaced by one of a public authority instead."
        )
    places = " or ".join(gap.urls) or "the authority's web page"
    return harmless(f"Download {gap.missing[-1]} from the authority that issued the certificate: {places}")


def _import(found: FetchedCertificate) -> tuple[Command, ...]:
    """Download, make sure that it is the one, import. Only for an address that is safe inside quotes."""
    if not _URL.fullmatch(found.url) or found.url.lower().endswith((".p7c", ".p7b")):
        return ()
    file = f"$env:TEMP\\{found.thumbprint[:16]}.cer"
    loaded = f'(New-Object Security.Cryptography.X509Certificates.X509Certificate2 "{file}").Thumbprint'
    return (
        Command("powershell", f"Invoke-WebRequest -UseBasicParsing -Uri '{found.url}' -OutFile \"{file}\""),
        Command("powershell", f"{loaded} -eq '{found.thumbprint}'   # must say True"),
        Command("powershell", f'certutil -addstore -f CA "{file}"'),
    )


def verify(chain: JudgedChain) -> str:
    """Return how to see that it worked, from another computer."""
    if not HOST.fullmatch(chain.host):
        return "Run this diagnosis again."
    host = f"[{chain.host}]" if ":" in chain.host else chain.host
    name = "" if ":" in chain.host or chain.host.replace(".", "").isdigit() else f" -servername {chain.host}"
    return (
        f"From another computer: openssl s_client -connect {host}:{chain.port}{name} -showcerts < /dev/null lists the "
        "server's certificate and every intermediate. Or run this diagnosis again, and once more some days later: "
        "Windows may lose an intermediate that it only fetched itself."
    )


def replace_certificate(chain: JudgedChain, why: str, *, demands: str = "") -> Remedy:
    """Get another certificate and bind it."""
    return Remedy(
        summary=why,
        steps=(
            f"Order a certificate for {chain.host} from a public authority{demands}.",
            (
                "Import it on the server with its private key and chain (PFX) into the computer's store: certlm.msc > "
                "Personal > Certificates > right-click > All Tasks > Import."
            ),
            "Bind it: IIS Manager > the site > Bindings > https > Edit > SSL certificate.",
            "With a load balancer or gateway in front, replace it there as well.",
        ),
        commands=(
            Command(
                "powershell",
                "Import-PfxCertificate -FilePath .\\full.pfx -CertStoreLocation Cert:\\LocalMachine\\My "
                "-Password (Read-Host -AsSecureString)",
            ),
            Command("cmd", "netsh http show sslcert"),
        ),
        verify=verify(chain),
    )


def tidy(chain: JudgedChain, names: list[str]) -> Remedy:
    """Take what is superfluous out of what the server sends."""
    return Remedy(
        summary=f"Send only the certificate and its intermediates; leave out {harmless('; '.join(names))}",
        steps=(
            (
                "IIS: certlm.msc > Intermediate Certification Authorities > Certificates: delete the expired or double "
                "entries, also for the SYSTEM account, and never an intermediate that is in use."
            ),
            _REBUILD,
            "nginx, Apache, HAProxy, load balancers: take them out of the certificate file.",
        ),
        verify=verify(chain),
    )


def reorder(chain: JudgedChain) -> Remedy:
    """Send what is there in the right order."""
    return Remedy(
        summary=f"Send the certificates in this order: {harmless('; '.join(chain.right_order))}",
        steps=(
            ("nginx, Apache, HAProxy, load balancers: put them into the file in that order, the server's own first."),
            f"IIS orders the chain itself. {_REBUILD}",
        ),
        verify=verify(chain),
    )
