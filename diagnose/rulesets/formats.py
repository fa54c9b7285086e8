"""Which format a file is, by what is in it, and the one way in: bytes to RuleSet.

Only RulesError leaves here, whatever the bytes are.
"""

from __future__ import annotations

from collections.abc import Callable

from diagnose.rulesets import apache, aws, azure, haproxy, iis, nginx, plain, windows_json, windows_netsh
from diagnose.rulesets.documents import decoded, json_document
from diagnose.rulesets.model import FORMATS, Format, RulesError, RuleSet

_PARSERS: dict[str, Callable[[str, str], RuleSet]] = {
    "iis-config": iis.parse_config,
    "iis-appcmd": iis.parse_appcmd,
    "windows-firewall-json": windows_json.parse,
    "windows-firewall-netsh": windows_netsh.parse,
    "nginx": nginx.parse,
    "apache": apache.parse,
    "haproxy": haproxy.parse,
    "azure-nsg": azure.parse,
    "aws-sg": aws.parse,
    "plain": plain.parse,
}


def recognise(name: str, data: bytes, forced: str | None = None) -> RuleSet:
    """Read a rule file of whatever format it is, or of the forced one; RulesError where that is not possible."""
    if forced is not None and forced not in FORMATS:
        message = f"{forced!r} is no format; the formats are {', '.join(FORMATS)}."
        raise RulesError(message)
    text = decoded(data)
    if not text.strip():
        raise RulesError("The file is empty.")
    if forced is None and text.lstrip()[0] in "{[":
        return _from_json(name, text)
    return _PARSERS[forced or format_of(text)](name, text)


def format_of(text: str) -> Format:
    """The format of a text that is not JSON; RulesError where it is none of the known ones."""
    if found := iis.looks_like(text):
        return found
    if windows_netsh.looks_like(text):
        return "windows-firewall-netsh"
    if nginx.looks_like(text):
        return "nginx"
    if haproxy.looks_like(text):
        return "haproxy"
    if apache.looks_like(text):
        return "apache"
    if plain.looks_like_it(text):
        return "plain"
    raise RulesError("The file is none of the known formats; name one, as in nginx:FILE.")


def _from_json(name: str, text: str) -> RuleSet:
    document = json_document(text)
    if aws.looks_like(document):
        return aws.parse(name, text, document)
    if azure.looks_like(document):
        return azure.parse(name, text, document)
    if windows_json.looks_like(document):
        return windows_json.parse(name, text, document)
    raise RulesError("The JSON is neither the firewall export nor a cloud's security group.")
