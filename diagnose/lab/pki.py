"""The lab's own public key infrastructure, made at run time: nothing secret is stored anywhere.

Only what a scenario sends, serves or trusts is made, and each certificate once. Extensions are what a
public authority writes (CA/Browser Forum baseline requirements 7.1), so that strict validators have
nothing to say but the scenario's fault.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from diagnose.lab import oddities
from diagnose.lab.scenario import Spec

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

ORGANISATION = "O=halo-diagnose lab,C=GB"
ROOT = Spec("root", f"CN=Lab Public Root,{ORGANISATION}", "root", ca=True, days=(-2000, 5000))
INTERMEDIATE = Spec("intermediate", f"CN=Lab Server CA,{ORGANISATION}", "root", ca=True, days=(-900, 1500))
UPPER = Spec("upper", f"CN=Lab Policy CA,{ORGANISATION}", "root", ca=True, days=(-900, 1500))
LOWER = Spec("lower", f"CN=Lab Regional CA,{ORGANISATION}", "upper", ca=True, days=(-600, 1000))
PRIVATE_ROOT = Spec("private-root", "CN=Contoso Root CA,O=Contoso MSP", "private-root", ca=True, days=(-900, 3000))
PRIVATE = Spec("private", "CN=Contoso Issuing CA,O=Contoso MSP", "private-root", ca=True, days=(-400, 1000))
STRANGER = Spec("stranger", "CN=Unrelated CA,O=Some Other Company", "stranger", ca=True, days=(-400, 1000))
OLD_ROOT = Spec("old-root", "CN=Lab Retired Root,O=halo-diagnose lab", "old-root", ca=True, days=(-7000, -40))
CROSS_SIGN = Spec("cross-sign", ROOT.subject, "old-root", ca=True, days=(-2000, -40), key_of="root")
LEAF = Spec("leaf", "CN={host}", "intermediate", names=("{host}",), aia="{aia}/intermediate.cer")
AUTH_LEAF = Spec("auth-leaf", "CN={auth_host}", "intermediate", names=("{auth_host}",), aia="{aia}/intermediate.cer")
ELSEWHERE_LEAF = Spec("elsewhere-leaf", "CN={elsewhere_host}", "intermediate", names=("{elsewhere_host}",))

STANDARD = {
    spec.name: spec
    for spec in (
        *(ROOT, INTERMEDIATE, UPPER, LOWER, PRIVATE_ROOT, PRIVATE, STRANGER, OLD_ROOT, CROSS_SIGN),
        *(LEAF, AUTH_LEAF, ELSEWHERE_LEAF),
    )
}


class Pki:
    """Makes the certificates of one scenario when they are asked for; `values` fill the placeholders."""

    def __init__(self, specs: tuple[Spec, ...], values: Mapping[str, str]) -> None:
        self._specs = STANDARD | {spec.name: spec for spec in specs}
        self._values = values
        self._keys: dict[str, PrivateKey] = {}
        self._certificates: dict[str, bytes] = {}
        self._now = datetime.now(UTC).replace(microsecond=0)

    def __contains__(self, name: str) -> bool:
        return name in self._specs

    def der(self, name: str) -> bytes:
        """Return the certificate `name`, made now if need be; KeyError if no spec has that name."""
        if name not in self._certificates:
            self._certificates[name] = self._made(self._specs[name])
        return self._certificates[name]

    def pem(self, name: str) -> str:
        """Return the certificate `name` as PEM."""
        return armoured("CERTIFICATE", self.der(name))

    def key_pem(self, first: str, signs: str = "") -> str:
        """Return a private key file for a server that sends `first` and signs with the key of `signs`.

        Where the two differ, as behind a balancer that was given the wrong file, OpenSSL would refuse the
        pair; an elliptic key file repeats the public key and is believed, so it is given the wrong one.
        """
        key = self._key(signs or first)
        encoded = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        if signs and signs != first:
            encoded = encoded.replace(_point(key), _point(self._key(first)))
        return armoured("EC PRIVATE KEY" if isinstance(key, ec.EllipticCurvePrivateKey) else "RSA PRIVATE KEY", encoded)

    def _made(self, spec: Spec) -> bytes:
        key = self._key(spec.issuer)
        encoded = self._builder(spec).sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
        if spec.digest == "sha256" and not spec.oddity:
            return encoded
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            message = f"{spec.name}: what is odd is signed by elliptic issuers only"
            raise TypeError(message)
        encoded = oddities.with_sha1(encoded, key) if spec.digest == "sha1" else encoded
        return oddities.applied(spec.oddity, encoded, key)

    def _key(self, name: str) -> PrivateKey:
        spec = self._specs[name]
        if spec.key_of:
            return self._key(spec.key_of)
        if name not in self._keys:
            self._keys[name] = _new_key(spec)
        return self._keys[name]

    def _builder(self, spec: Spec) -> x509.CertificateBuilder:
        issuer = self._specs[spec.issuer]
        public = oddities.public_key(spec.oddity) or self._key(spec.name).public_key()
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name.from_rfc4514_string(self._filled(spec.subject)))
            .issuer_name(x509.Name.from_rfc4514_string(self._filled(issuer.subject)))
            .public_key(public)
            .serial_number(oddities.serial(spec.oddity))
            .not_valid_before(self._now + timedelta(days=spec.days[0]))
            .not_valid_after(self._now + timedelta(days=spec.days[1]))
        )
        for extension, critical in self._extensions(spec, public):
            builder = builder.add_extension(extension, critical)
        return builder

    def _extensions(
        self, spec: Spec, public: ec.EllipticCurvePublicKey | rsa.RSAPublicKey
    ) -> list[tuple[x509.ExtensionType, bool]]:
        found: list[tuple[x509.ExtensionType, bool]] = [
            (x509.BasicConstraints(spec.ca, None), True),
            (x509.SubjectKeyIdentifier.from_public_key(public), False),
            (_usage(spec.ca, isinstance(public, rsa.RSAPublicKey)), True),
        ]
        if spec.issuer != spec.name and spec.names_issuer_key:
            signer = self._key(spec.issuer).public_key()
            found.append((x509.AuthorityKeyIdentifier.from_issuer_public_key(signer), False))
        if not spec.ca:
            found.append((x509.ExtendedKeyUsage([_PURPOSES[purpose] for purpose in spec.purposes]), False))
        if spec.names:
            found.append((x509.SubjectAlternativeName([_name(self._filled(name)) for name in spec.names]), False))
        if spec.aia:
            place = x509.UniformResourceIdentifier(self._filled(spec.aia))
            access = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, place)
            found.append((x509.AuthorityInformationAccess([access]), False))
        return [*found, *oddities.extensions(spec.oddity)]

    def _filled(self, text: str) -> str:
        return text.format_map(self._values)


_PURPOSES = {"server": ExtendedKeyUsageOID.SERVER_AUTH, "client": ExtendedKeyUsageOID.CLIENT_AUTH}


def armoured(label: str, encoded: bytes) -> str:
    """Return PEM text (RFC 7468)."""
    return f"-----BEGIN {label}-----\n{base64.encodebytes(encoded).decode()}-----END {label}-----\n"


def _new_key(spec: Spec) -> PrivateKey:
    if spec.key == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, int(spec.key.removeprefix("rsa-")))


def _point(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _usage(authority: bool, rsa_key: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=rsa_key and not authority,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
