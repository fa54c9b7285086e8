"""One level of an nginx configuration: its own rules or those it inherits, and what runs before them."""

from __future__ import annotations

import re

from diagnose.rulesets.conditions import ALWAYS, AllOf, Condition, PathMatch, Paths, Sources, Unclear
from diagnose.rulesets.model import Doubt, Step
from diagnose.rulesets.nginx_syntax import Directive
from diagnose.rulesets.ranges import is_range
from diagnose.text import harmless

_OTHER_MEANS = "satisfy any: who is not let in by address may still get in by another means"
_REWRITE = "the request is rewritten, so that another location may judge it"
_NOT_BY_ADDRESS = re.compile(
    r"\(?\s*(?:!?-[fdex]\s+\S+|\$(?:request_method|scheme|host|http_host|http_upgrade|http_connection|request_uri|uri|args|"
    r"arg_\w+|query_string|http_user_agent|http_cookie|cookie_\w+|ssl_protocol|ssl_server_name|https|server_port|"
    r"server_name|request_filename|content_type|http_referer|invalid_referer|http_accept\w*|http_origin)\b.*)",
    re.DOTALL,
)
"""Conditions of `if` that have nothing to do with where the client is."""

_ADDRESS_VARIABLE = re.compile(
    r"\$(?:\{)?(?:\w*remote_addr|http_x_(?:forwarded_for|real_ip)|proxy_protocol_addr|geoip\w*)"
)
_KNOWN = re.compile(
    r"(?:proxy|ssl|gzip|client|keepalive|log|fastcgi|uwsgi|scgi|grpc|memcached|add|types|server|tcp|send|reset|resolver|"
    r"large_client|http2|http3|quic|limit_req|limit_conn|limit_rate|open_file|output|request|subrequest|variables|"
    r"connection_pool|if_modified|lingering|max|msie|aio|sub|brotli|zstd|more_set|more_clear|auth_basic|auth_request|"
    r"auth_jwt|auth_delay|ssi|worker|map_hash|upstream|stub|chunked|early|mirror)(?:_\w+)?|"
    r"access_log|error_log|expires|etag|root|alias|index|autoindex\w*|charset\w*|default_type|sendfile\w*|listen|"
    r"underscores_in_headers|ignore_invalid_headers|merge_slashes|port_in_redirect|absolute_redirect|directio\w*|"
    r"post_action|postpone_output|read_ahead|recursive_error_pages|disable_symlinks|error_page|set|break|rewrite_log|"
    r"uninitialized_variable_warn|empty_gif|real_ip_recursive|user|pid|events|load_module|daemon|master_process|env|"
    r"pcre_jit|thread_pool|stream|mail|location|include|satisfy|split_clients|internal_redirect|try|timer_resolution|"
    r"allow|deny|return|rewrite|if|limit_except|geo|map|real_ip_header|set_real_ip_from|try_files|internal|http|lua_\w+"
)
"""Directives of nginx's own modules (nginx.org, directive index, November 2026) that are handled or decide nothing."""

_DOUBTFUL = {
    "geo": "a variable made from the client's address: what it is used for must be checked by hand",
    "set_real_ip_from": "the address is taken from a header when another proxy stands in front",
    "real_ip_header": "the address is taken from a header when another proxy stands in front",
    "internal": "this location is for internal requests only",
}


class Level:
    """http, a server or a location."""

    def __init__(self, kind: str = "http") -> None:
        self.kind = kind
        self.shared: list[Step] = []
        """What the server runs before it picks a location."""
        self.own: list[Step] = []
        """What this level runs before any rule by address; a location's is not inherited."""
        self.access: list[Step] = []
        self.any_suffices = False
        self.doubts: list[Doubt] = []

    def below(self, kind: str, directives: list[Directive]) -> Level:
        """The level inside this one that holds these directives."""
        inner = Level(kind)
        inner.shared = [*self.shared, *(self.own if self.kind == "server" else ())]
        inner.access, inner.any_suffices = self.access, self.any_suffices
        inner.doubts = [] if self.kind == "http" else list(self.doubts)
        inner.read(directives)
        return inner

    def read(self, directives: list[Directive]) -> None:
        """Take in the directives of this level, in order."""
        if any(directive.name in ("allow", "deny") for directive in directives):
            self.access = []
        for directive in directives:
            if directive.name in ("allow", "deny"):
                self.access.append(self._rule(directive))
            elif directive.name == "limit_except":
                why = "these rules are for some HTTP methods only"
                self.own.append(
                    Step("deny", Unclear(why), _text(directive), directive.line, deny_action="403", why=why)
                )
            elif directive.name == "satisfy":
                self.any_suffices = directive.arguments == ["any"]
            elif directive.name in ("return", "if", "rewrite"):
                self._rewriting(directive)
            else:
                self._other(directive)

    def steps(self) -> tuple[Step, ...]:
        """What is asked one after the other."""
        last = [Step("allow", Unclear(_OTHER_MEANS), "satisfy any", why=_OTHER_MEANS)] if self.any_suffices else []
        refusing = any(step.outcome != "allow" for step in self.access)
        return (*self.shared, *self.own, *(last if refusing else ()), *self.access)

    def open_question(self, directive: Directive, why: str) -> None:
        """Something here may decide anything."""
        self.own.insert(0, Step("unknown", Unclear(why), _text(directive), directive.line, why=why))

    def _rule(self, directive: Directive) -> Step:
        allowed = directive.name == "allow"
        condition = self._source(directive)
        return Step("allow" if allowed else "deny", condition, _text(directive), directive.line,
                    deny_action="" if allowed else "403")  # fmt: skip

    def _source(self, directive: Directive) -> Condition:
        value = directive.arguments[0] if len(directive.arguments) == 1 else ""
        if value == "all":
            return ALWAYS
        if value == "unix:":
            return Sources(())
        if "-" not in value and is_range(value):
            return Sources((value,))
        return Unclear(self._doubt(directive, "this is no address, CIDR, unix: or all"))

    def _rewriting(self, directive: Directive) -> None:
        if directive.name == "return":
            self.own.append(_return(directive, ALWAYS))
        elif directive.name == "rewrite":
            self._rewrite(directive)
        elif any(inner.name in ("return", "rewrite", "break") for inner in directive.block or []):
            said = " ".join(directive.arguments)
            if not _NOT_BY_ADDRESS.fullmatch(said):
                why = "the condition of this `if` is not understood: check it by hand"
                self.own.append(Step("unknown", Unclear(why), _text(directive), directive.line, why=why))
                self._doubt(directive, why)

    def _rewrite(self, directive: Directive) -> None:
        arguments = directive.arguments
        if len(arguments) < 2:  # noqa: PLR2004 - pattern and replacement
            self._doubt(directive, "this rewrite is not understood")
            return
        redirects = arguments[1].startswith(("http://", "https://", "$scheme"))
        if redirects or arguments[-1] in ("redirect", "permanent") or (arguments[-1] == "break" and len(arguments) > 2):  # noqa: PLR2004
            return
        when = AllOf((Paths((PathMatch("regex", arguments[0]),)), Unclear(_REWRITE)))
        self.own.append(Step("unknown", when, _text(directive), directive.line, why=_REWRITE))

    def _other(self, directive: Directive) -> None:
        if directive.name in _DOUBTFUL:
            self._doubt(directive, _DOUBTFUL[directive.name])
        elif directive.name == "map":
            if directive.arguments and _ADDRESS_VARIABLE.search(directive.arguments[0]):
                self._doubt(directive, _DOUBTFUL["geo"])
        elif directive.name == "try_files":
            if not directive.arguments[-1:] or not directive.arguments[-1].startswith("="):
                self._doubt(directive, "the request may be passed on to another location", refusals_stand=True)
        elif not _KNOWN.fullmatch(directive.name):
            self._doubt(directive, "this directive is not known here")

    def _doubt(self, directive: Directive, why: str, *, refusals_stand: bool = False) -> str:
        self.doubts.append(Doubt(directive.line, _text(directive), why, refusals_stand))
        return why


def _return(directive: Directive, when: Condition) -> Step:
    """`return CODE` ends the request for everybody, before any rule by address."""
    code = directive.arguments[0] if directive.arguments else ""
    refuses = re.fullmatch(r"4[0-9][0-9]|5[0-9][0-9]", code) is not None
    why = "every request ends here, whoever asks"
    action = ("abort" if code == "444" else code) if refuses else ""
    return Step("deny" if refuses else "allow", when, _text(directive), directive.line, deny_action=action, why=why)


def _text(directive: Directive) -> str:
    return harmless(f"{directive.text};", longest=200)
