"""The files that tell whether the integrator gets in: read in threads, each within what time the run has left.

A file that cannot be understood is an entry of its fact and nothing more: the others still count. Rules are
kept without those that concern none of the integrator's addresses, logs without everybody else's rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from diagnose.fact import Unavailable, probe
from diagnose.facts.allowlist import RuleFiles, ServerLogs, Unreadable, VantageAnswer, VantageAnswers
from diagnose.facts.run import Settings, Target
from diagnose.halo.egress import egress
from diagnose.inputs.evidence import EvidenceFile, EvidenceFiles
from diagnose.logs.model import LogEvidence, LogsError
from diagnose.outcome import Code
from diagnose.probes.network import Network
from diagnose.profile import Profile
from diagnose.reachability.derivations import seen_from_inside, told_from_outside
from diagnose.rulesets.model import RulesError, RuleSet
from diagnose.threads import call
from diagnose.vantage import LARGEST, VantageDocument, VantageError, VantageRequest

__all__ = ["read_logs", "read_rules", "read_vantages", "seen_from_inside", "told_from_outside"]

OPEN = Unavailable(Code.NOT_APPLICABLE, "this HaloPSA does not restrict access by address (--ip-restriction no)")
LEAST = 0.05
"""Seconds that a file is worth beginning with."""
LONGEST_LOG = 45.0
"""Seconds for one log; 300 MB take 1 to 2 (bench/logs.py)."""
SPARE = 0.5
"""Seconds before the run's end at which a log's reader stops by itself and says so."""

Found = TypeVar("Found")


@probe(timeout=600.0, waits_for="the rule files are read")
async def read_rules(
    target: Target, profile: Profile, settings: Settings, files: EvidenceFiles, network: Network
) -> RuleFiles | Unavailable:
    """Read every `--allow-list`."""
    if settings.ip_restriction == "no":
        return OPEN
    addresses = egress(profile, settings).addresses
    ports = tuple(port for _, port in target.endpoints)
    sets, unreadable = await _every(files.rules, partial(_rules, addresses, ports), network)
    return RuleFiles(tuple(sets), unreadable)


def _rules(addresses: tuple[str, ...], ports: tuple[int, ...], file: EvidenceFile) -> RuleSet:
    from diagnose.rulesets import recognise  # noqa: PLC0415 - the parsers are imported where there is a file
    from diagnose.rulesets.documents import LARGEST as LARGEST_RULES  # noqa: PLC0415

    data = _content(file, LARGEST_RULES)
    return recognise(file.name, data, file.format).narrowed(addresses, ports)


@probe(timeout=600.0, waits_for="the server's logs are read")
async def read_logs(
    target: Target, profile: Profile, settings: Settings, files: EvidenceFiles, network: Network
) -> ServerLogs | Unavailable:
    """Read every `--server-log` as a stream."""
    if settings.ip_restriction == "no":
        return OPEN
    addresses = egress(profile, settings).addresses
    logs, unreadable = await _every(files.logs, partial(_log, addresses, target, network.deadline), network)
    return ServerLogs(tuple(logs), unreadable)


def _log(addresses: tuple[str, ...], target: Target, deadline: float, file: EvidenceFile) -> LogEvidence:
    from diagnose.logs.reader import read  # noqa: PLC0415 - imported where there is a log
    from diagnose.logs.sources import Limits  # noqa: PLC0415

    limits = Limits(seconds=min(LONGEST_LOG, max(0.0, deadline - SPARE - time.monotonic())))
    paths = (target.auth.path, target.resource.path)
    ports = tuple(port for _, port in target.endpoints)
    with file.path.open("rb", buffering=0) as stream:
        return read(stream, file.name, addresses, paths=paths, ports=ports, limits=limits)


@probe(timeout=600.0, waits_for="the answered vantage requests are read")
async def read_vantages(settings: Settings, files: EvidenceFiles, network: Network) -> VantageAnswers | Unavailable:
    """Read every `--vantage`: answers, and the requests they are held against."""
    if settings.ip_restriction == "no":
        return OPEN
    documents, unreadable = await _every(files.vantages, _document, network)
    requests = [document for _, document in documents if isinstance(document, VantageRequest)]
    answers = [(name, document) for name, document in documents if isinstance(document, VantageDocument)]
    if requests and not answers and not unreadable:
        lone = next(name for name, document in documents if isinstance(document, VantageRequest))
        unreadable = (Unreadable(lone, "it is the request; give the answer that came back too"),)
    return VantageAnswers(tuple(_held_against(requests, *answer) for answer in answers), unreadable)


def _document(file: EvidenceFile) -> tuple[str, VantageDocument | VantageRequest]:
    from diagnose import vantage  # noqa: PLC0415 - its functions are called where there is a file

    data = _content(file, LARGEST)
    return file.name, vantage.read_request(data) if vantage.is_request(data) else vantage.read_answer(data)


def _held_against(requests: Sequence[VantageRequest], name: str, document: VantageDocument) -> VantageAnswer:
    from diagnose.vantage import as_fact  # noqa: PLC0415 - as above

    own = [request for request in requests if request.request_id == document.request.request_id]
    return as_fact(document, name, next(iter([*own, *requests]), None))


def _content(file: EvidenceFile, largest: int) -> bytes:
    """One byte more than is allowed tells the reader that there is more."""
    with file.path.open("rb") as stream:
        return stream.read(largest + 1)


async def _every(
    files: Sequence[EvidenceFile], read: Callable[[EvidenceFile], Found], network: Network
) -> tuple[list[Found], tuple[Unreadable, ...]]:
    found: list[Found] = []
    unreadable: list[Unreadable] = []
    for file in files:
        try:
            found.append(await _one(file, read, network))
        except TimeoutError:
            unreadable.append(Unreadable(file.name, "the time given to the run was used up; give more by --timeout"))
        except (RulesError, LogsError, VantageError) as error:
            unreadable.append(Unreadable(file.name, str(error).rstrip(".")))
        except OSError as error:
            unreadable.append(Unreadable(file.name, f"it cannot be read: {error.strerror or type(error).__name__}"))
    return found, tuple(unreadable)


async def _one(file: EvidenceFile, read: Callable[[EvidenceFile], Found], network: Network) -> Found:
    seconds = network.remaining()
    if seconds < LEAST:
        raise TimeoutError
    return await call(partial(read, file), seconds=seconds)
