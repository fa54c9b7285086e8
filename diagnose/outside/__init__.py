"""The outside half of the allow-list proof, carried out where the integrator is, or from a phone's hotspot.

Whoever writes a request decides where somebody else's machine connects to. So little is allowed: public addresses
only, after the names were looked up; a few ports; no credential; no redirect; nothing of an answer but its marks.
"""
