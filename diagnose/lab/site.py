"""What answers behind a door: pages laid over paths, limits, then the applications of one IIS site."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Protocol

from diagnose.lab.exchange import Incoming, Reply
from diagnose.lab.pages import NOT_FOUND, PAGES, SPA, Page
from diagnose.lab.scenario import Cut, Limit

Application = Callable[[Incoming], Reply]


class Answers(Protocol):
    """Anything that answers requests."""

    def answer(self, request: Incoming) -> Reply:
        """Answer one request."""


class Site:
    """One IIS site: `applications` by their path's first segment, the web application at the root.

    An application of the empty segment takes the web application's place.
    """

    def __init__(
        self,
        applications: Mapping[str, Application],
        pages: Mapping[str, str],
        limits: tuple[Limit, ...],
        fill: Callable[[str], str],
        cuts: Mapping[str, Cut] | None = None,
    ) -> None:
        self._applications = applications
        self._pages = pages
        self._limits = limits
        self._fill = fill
        self._cuts = cuts or {}
        self._lock = threading.Lock()
        self._used = [0] * len(limits)

    def answer(self, request: Incoming) -> Reply:
        """Answer one request: cut off, limited, a page laid over it, or the application's."""
        for pattern, cut in self._cuts.items():
            if matches(pattern, request.path):
                return Reply(200, b"", {"Content-Type": "application/json"}, cut)
        limited = self._limited(request.path)
        if limited is not None:
            return limited
        for pattern, name in self._pages.items():
            if matches(pattern, request.path):
                return shown(PAGES[name], self._fill)
        application = self._applications.get(request.path.lstrip("/").partition("/")[0]) or self._applications.get("")
        return application(request) if application is not None else self._web(request.path)

    def _limited(self, path: str) -> Reply | None:
        for number, limit in enumerate(self._limits):
            if not matches(limit.path, path):
                continue
            with self._lock:
                self._used[number] += 1
                used = self._used[number]
            if limit.times < 0 or used <= limit.times:
                return Reply(429, b"", {"Retry-After": str(limit.retry_after)})
        return None

    def _web(self, path: str) -> Reply:
        """The web application's start page answers its own routes, which are one segment; the rest is IIS' 404."""
        segments = [segment for segment in path.split("/") if segment]
        is_route = len(segments) <= 1 and "." not in path
        return shown(SPA if is_route else NOT_FOUND, self._fill)


def matches(pattern: str, path: str) -> bool:
    """Tell whether a path (lower-case) is this one, or below it where the pattern ends with `*`."""
    wanted = pattern.lower()
    return path.startswith(wanted[:-1]) if wanted.endswith("*") else path == wanted


def shown(page: Page, fill: Callable[[str], str]) -> Reply:
    """Return a fixed page as a reply."""
    headers = {"Content-Type": page.content_type, "Server": page.server}
    headers |= {} if page.is_iis else {"X-Powered-By": ""}
    headers |= {name: fill(value) for name, value in page.headers.items()}
    return Reply(page.status, fill(page.body).encode(), headers)
