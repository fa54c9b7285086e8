"""From the options of `certificate` to one question. Everything that can be wrong is found before anything is sent."""

from __future__ import annotations

import base64
import getpass
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from diagnose import guard
from diagnose.certificates import completion, contents, own, repair, writing
from diagnose.certificates.judging import Answer, Question, answer
from diagnose.cli.choices import Destination
from diagnose.cli.plugging import registry_of
from diagnose.credential_shape import decode_secret
from diagnose.credentials import Secrets
from diagnose.errors import UsageError
from diagnose.facts.run import Moment, Settings
from diagnose.inputs import options
from diagnose.probes.roots import RootStore
from diagnose.report import Document

LARGEST = 64 * 1024
TRIES = 3
SHORTEST = 8
"""Characters of a password that the guard looks for; a shorter one, or a mere word, is in every report."""


class Passwords:
    """The passwords to try: none, the one of `--password-file`, then what is typed."""

    def __init__(self, file: Path | None, secrets: Secrets, *, may_ask: bool) -> None:
        self._secrets = secrets
        self._may_ask = may_ask
        self.known: list[bytes] = [self._read(file)] if file else []

    def __iter__(self) -> Iterator[bytes | None]:
        yield None
        yield from tuple(self.known)
        for _ in range(TRIES if self._asks else 0):
            self.known.append(self._kept(getpass.getpass("Password of the file (not shown): ")))
            yield self.known[-1]

    @property
    def _asks(self) -> bool:
        return self._may_ask and sys.stdin is not None and sys.stdin.isatty()

    def for_writing(self) -> bytes:
        """Return the password for a new PFX; UsageError where there is none and a key would lie open."""
        if self.known and self.known[-1]:
            return self.known[-1]
        if self._asks:
            chosen = self._kept(getpass.getpass("Password for the new PFX (not shown): "))
            if chosen and chosen == self._kept(getpass.getpass("Again: ")):
                return chosen
            raise UsageError("the two passwords for the new PFX are not the same, or empty")
        raise UsageError(
            "-o: a PFX with a private key needs a password; name a file that holds it with --password-file"
        )

    def _read(self, file: Path) -> bytes:
        try:
            with file.open("rb") as stream:
                text = decode_secret(stream.read(LARGEST), origin=f"--password-file {file}")
        except OSError as error:
            raise UsageError(f"--password-file {file}: {error.strerror or 'cannot be read'}") from error
        return self._kept(text.rstrip("\r\n"))

    def _kept(self, text: str) -> bytes:
        if len(text) >= SHORTEST and not text.isalpha():
            self._secrets.add(text)
        return text.encode()


class Order:
    """One `certificate`, read and checked; `judge` does it, `deliver` writes the repaired chain."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.destination = Destination(given["format_"], None, given["directory"])
        self.writer = guard.current()
        self.secrets = self.writer.secrets
        self._file: Path | None = given["file"]
        self._form = repair.form(self._file) if self._file else "pem"
        if self._file is not None and not self._file.absolute().parent.is_dir():
            raise UsageError(f"-o {self._file}: there is no folder {self._file.parent}")
        self._registry = registry_of(given)
        self._roots = RootStore.load(given["trust_roots"])
        self._passwords = Passwords(given["password_file"], self.secrets, may_ask=not given["no_input"])
        self._contents = _read(given["files"], self._passwords)
        for key in self._contents.keys:
            der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            self.secrets.add(base64.b64encode(der).decode())
        self.question = _question(given, self._contents)
        self._answer: Answer | None = None

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Order:
        """Read options and files; UsageError in one sentence."""
        return cls(given)

    def judge(self) -> Document:
        """Do it."""
        self._answer = answer(self.question, self._roots, self._registry, self.secrets)
        return self._answer.document

    def deliver(self) -> Iterator[str]:
        """Write the repaired chain where it was asked for; say what was done, and how it is installed."""
        if self._file is None or self._answer is None:
            return
        fetched = (each.certificate for each in self._answer.issuers.fetched)
        try:
            chain = repair.repaired(self._answer.chain, (*self.question.file.certificates, *fetched))
        except repair.NotRepairedError as error:
            yield str(error)
            return
        key = repair.key_for(chain, self._contents.keys)
        if self._form == "pem":
            writing.write(self._file, repair.as_pem(chain, key))
        else:
            password = self._passwords.for_writing() if key is not None else b""
            writing.write(self._file, repair.as_pfx(chain, key, password))
        yield from _told(self._file, len(chain), with_key=key is not None, pfx=self._form == "pfx")


def _told(file: Path, number: int, *, with_key: bool, pfx: bool) -> Iterator[str]:
    certificates = "1 certificate" if number == 1 else f"{number} certificates in order"
    yield f"{file}: {certificates}, {'with' if with_key else 'without'} the private key"
    steps = repair.INSTALL_PFX if pfx and with_key else repair.INSTALL_PEM
    for place, step in enumerate(steps, 1):
        yield f"  {place}. {step.format(file=file)}"
    if pfx and with_key:
        yield f"  {repair.OLD_WINDOWS}"


def _read(files: tuple[Path, ...], passwords: Passwords) -> contents.Contents:
    found = [contents.load(file, passwords) for file in files]
    whole = found[0]
    for each in found[1:]:
        whole += each
    if not whole.certificates:
        raise UsageError(f"{files[0].name} holds no certificate, only a private key; name the certificate's file too")
    return whole


def _question(given: Mapping[str, Any], found: contents.Contents) -> Question:
    moment = Moment(datetime.now(UTC))
    name = _host(given["name"]) if given["name"] is not None else None
    files = " + ".join(file.name for file in given["files"])
    return Question(
        file=own.describe(found, files, name, moment.now),
        settings=Settings(
            overrides=options.overrides(given["resolve"]),
            trust_roots=Path(given["trust_roots"]).name if given["trust_roots"] else None,
            aia=not given["no_aia"],
            timeout=options.timeout(given["timeout"]),
        ),
        moment=moment,
        local=completion.candidates(given["issuers"]) if given["issuers"] else (),
    )


def _host(text: str) -> str:
    name = options.host_name(text)
    if not name or any(character in name for character in "/@ ") or name.count(":") == 1:
        raise UsageError(f"--name {text}: give the host name alone, e.g. halo.example.com")
    return name
