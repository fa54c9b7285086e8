"""What support does with a report: read it back, judge it again, compare it, attach it, verify it. Offline."""
