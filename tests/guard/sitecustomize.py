"""Python imports this at its start where this folder is on PYTHONPATH: so programs that tests start are guarded."""

import loopback_guard

loopback_guard.install()
