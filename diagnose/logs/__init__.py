"""Server logs as evidence of who gets in: bytes in, `LogEvidence` out."""

from diagnose.logs.model import Arrival, LogEvidence, LogsError, Seen
from diagnose.logs.reader import read
from diagnose.logs.sources import Limits

__all__ = ["Arrival", "Limits", "LogEvidence", "LogsError", "Seen", "read"]
