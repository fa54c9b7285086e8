"""The allow-list proof: evidence of every kind, collected per address and combined by one pure function."""
