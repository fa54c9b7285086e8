"""The derivations that belong to the captured chains, where the engine looks for them."""

from diagnose.chain.derivations import judged_chains, open_channels, verified_channels

__all__ = ["judged_chains", "open_channels", "verified_channels"]
