"""`attach` and `verify` from outside: what is in the zip, what is asked, what is refused."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pty
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from diagnose.support import saved
from diagnose.support.attachment import members
from diagnose.support.saved import read
from tests.cli.program import diagnose

NOT_INSTALLED = "import sys; sys.modules['pyrage'] = None; from diagnose.cli import main; main(sys.argv[1:])"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    report = tmp_path_factory.mktemp("original") / "report.json"
    assert diagnose("demo", "missing-intermediate", "-o", str(report)).returncode == 3
    return report


@pytest.fixture
def report(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(original, tmp_path / "acme.json"))


def attached(report: Path, *options: str) -> Path:
    done = diagnose("attach", str(report), "--yes", "-q", *options)
    assert done.returncode == 0, done.stderr
    (made,) = [path for path in report.parent.iterdir() if ".zip" in path.suffixes]
    return made


def inside(archive: Path | bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive) if isinstance(archive, bytes) else archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_everything_support_needs_is_inside_and_the_sums_fit(report: Path) -> None:
    found = inside(attached(report, "--ticket", "T-17", "--note", "since Monday"))
    assert next(iter(found)) == "READ ME FIRST.txt"
    assert {"report.html", "report.json", "summary.md", "manifest.json"} < set(found)
    assert [name for name in found if name.endswith(".pem")]
    manifest = json.loads(found["manifest.json"])
    assert {each["name"]: each["sha256"] for each in manifest["files"]} == {
        name: hashlib.sha256(content).hexdigest() for name, content in found.items() if name != "manifest.json"
    }
    summary = found["summary.md"].decode()
    assert "T-17" in summary
    assert "since Monday" in summary
    assert "tls.chain-complete" in "\n".join(summary.splitlines()[:10])


def test_the_report_comes_out_as_it_went_in(report: Path) -> None:
    made = attached(report)
    assert read(made).raw == read(report).raw == json.loads(report.read_text("utf-8"))
    assert diagnose("recheck", str(made), "--format", "nagios").stdout.startswith("CRITICAL")


def test_the_chain_is_the_one_that_was_sent(report: Path) -> None:
    found = inside(attached(report))
    (pem,) = [content for name, content in found.items() if name.endswith(".pem")]
    shown = subprocess.run(["openssl", "x509", "-noout", "-subject"], input=pem, capture_output=True, check=True)
    assert b"halo.example.test" in shown.stdout
    assert pem.count(b"BEGIN CERTIFICATE") == 1


def test_the_same_report_gives_the_same_bytes(report: Path) -> None:
    first = attached(report).read_bytes()
    assert attached(report).read_bytes() == first


def test_without_a_terminal_and_without_yes_nothing_is_written(report: Path) -> None:
    done = diagnose("attach", str(report))
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert [path.name for path in report.parent.iterdir()] == ["acme.json"]


@pytest.mark.parametrize(("typed", "code"), [("y\n", 0), ("\n", 130), ("no\n", 130)])
def test_a_person_is_shown_everything_and_asked(report: Path, typed: str, code: int) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "wb", buffering=0) as keyboard:
        program = subprocess.Popen(
            [sys.executable, "-m", "diagnose", "attach", str(report)],
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        os.close(theirs)
        keyboard.write(typed.encode())
        told, asked = program.communicate(timeout=60)
    assert program.returncode == code, asked
    preview = told.decode()
    for words in ("PUBLIC", "INTERNAL", "PERSONAL", "Integration Agent", "halo.example.test", "REPLACED", "CONTACTED"):
        assert words in preview
    assert b"[y/N]" in asked
    assert (report.parent / "acme-attachment.zip").exists() is (code == 0)


def test_every_value_that_leaves_is_in_the_preview(report: Path) -> None:
    told = diagnose("attach", str(report), "--yes").stdout
    personal = told[told.index("PERSONAL") :]
    for name in ("Integration Agent", "i***@example.test"):
        assert name in personal
    facts = json.loads(report.read_text("utf-8"))["facts"]
    missing = [text for text in texts(facts) if text not in told and len(text) < 200]
    assert missing == []


def texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value] if value and value.isprintable() else []
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in items for text in texts(item)]


def test_verify_says_that_nothing_was_changed(report: Path) -> None:
    for file in (attached(report), report):
        done = diagnose("verify", str(file))
        assert done.returncode == 0, done.stdout
        assert "no signature" in done.stdout


@pytest.mark.parametrize("name", ["summary.md", "report.json", "report.html", "manifest.json"])
def test_verify_sees_every_change(report: Path, name: str) -> None:
    made = attached(report)
    found = inside(made)
    found[name] = found[name].replace(b"missing", b"present", 1) if name != "manifest.json" else found[name].replace(
        b'"report_digest": "', b'"report_digest": "0'
    )  # fmt: skip
    with zipfile.ZipFile(made, "w") as archive:
        for each, content in found.items():
            archive.writestr(each, content)
    done = diagnose("verify", str(made))
    assert done.returncode == 3, done.stdout + done.stderr
    assert "CHANGED" in done.stdout


def test_verify_sees_what_was_added_and_what_is_gone(report: Path) -> None:
    made = attached(report)
    found = inside(made)
    del found["summary.md"]
    with zipfile.ZipFile(made, "w") as archive:
        for each, content in (found | {"more.txt": b"x"}).items():
            archive.writestr(each, content)
    told = diagnose("verify", str(made), "-q").stdout
    assert "is missing" in told
    assert "is not in manifest.json" in told


@pytest.mark.parametrize("options", [(), ("--pseudonyms",)])
def test_a_report_whose_digest_does_not_fit_is_told(report: Path, options: tuple[str, ...]) -> None:
    """Pseudonyms give the report a new digest, so the attachment must say that the old one did not fit."""
    report.write_text(report.read_text("utf-8").replace("missing", "present", 1), "utf-8")
    assert diagnose("verify", str(report)).returncode == 3
    done = diagnose("attach", str(report), "--yes", *options)
    assert done.returncode == 0
    assert done.stderr.count("the report's digest does not fit: it was changed after it was written") == 1
    made = next(path for path in report.parent.iterdir() if path.suffix == ".zip")
    found = inside(made)
    assert json.loads(found["manifest.json"])["report_changed_before"] is True
    assert b"digest does not fit" in found["summary.md"]
    verified = diagnose("verify", str(made))
    assert verified.returncode == 3
    assert "was changed before" in verified.stdout


def test_of_a_report_that_was_not_changed_no_such_thing_is_said(report: Path) -> None:
    done = diagnose("attach", str(report), "--yes")
    assert "does not fit" not in done.stderr + done.stdout
    found = inside(next(path for path in report.parent.iterdir() if path.suffix == ".zip"))
    assert json.loads(found["manifest.json"])["report_changed_before"] is False
    assert b"does not fit" not in found["summary.md"]


def test_a_report_that_is_not_there_is_named_even_where_nobody_can_be_asked(report: Path) -> None:
    done = diagnose("attach", str(report.with_name("none.json")))
    assert done.returncode == 2
    assert "none.json: No such file" in done.stderr
    assert "nobody can be asked" in diagnose("attach", str(report)).stderr


def test_what_is_neither_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04 nonsense")
    for command in ("verify", "attach", "recheck", "render"):
        done = diagnose(command, str(tmp_path / "x.zip"), *(["--yes"] if command == "attach" else []))
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1, done.stderr


def test_the_age_program_reads_what_is_encrypted(report: Path, tmp_path: Path) -> None:
    plain = attached(report).read_bytes()
    key = tmp_path / "key.txt"
    subprocess.run(["age-keygen", "-o", str(key)], capture_output=True, check=True)
    public = next(line.split()[-1] for line in key.read_text("utf-8").splitlines() if "public key" in line)
    done = diagnose("attach", str(report), "--yes", "-q", "--encrypt-to", public, "-o", str(tmp_path / "to-age.zip"))
    assert public in done.stderr
    sealed = tmp_path / "to-age.zip.age"
    read_back = subprocess.run(["age", "--decrypt", "-i", str(key), str(sealed)], capture_output=True, check=True)
    assert read_back.stdout == plain
    assert b"halo.example.test" not in sealed.read_bytes()
    assert "decrypt" in diagnose("verify", str(sealed)).stderr


@pytest.mark.parametrize(
    "recipient", ["nonsense", "age1nonsense", "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQ", "ssh-rsa x"]
)
def test_a_recipient_that_is_none_is_refused_before_anything_is_written(report: Path, recipient: str) -> None:
    done = diagnose("attach", str(report), "--yes", "--encrypt-to", recipient)
    assert done.returncode == 2
    assert "--encrypt-to" in done.stderr
    assert "AGE-SECRET-KEY-1" not in done.stdout + done.stderr
    assert [path.name for path in report.parent.iterdir()] == ["acme.json"]


def test_without_the_extra_one_sentence_says_how_to_install_it(report: Path) -> None:
    command = [sys.executable, "-c", NOT_INSTALLED, "attach", str(report), "--yes", "--encrypt-to", "age1x"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 2
    assert "halo-diagnose[age]" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_report_itself_is_not_overwritten(report: Path) -> None:
    before = report.read_bytes()
    assert diagnose("attach", str(report), "--yes", "-o", str(report)).returncode == 2
    assert report.read_bytes() == before


def test_a_hostile_report_names_no_file_elsewhere(report: Path) -> None:
    raw = json.loads(report.read_text("utf-8"))
    raw["facts"]["tls.handshakes"]["value"]["attempts"][0]["host"] = "../../etc/\u202e\n-----BEGIN"
    names = list(members(saved.document(raw)))
    assert all(".." not in name and name.count("/") <= 1 and name.isprintable() for name in names)
