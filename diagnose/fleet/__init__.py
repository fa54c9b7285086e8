"""Many HaloPSAs in one run: the list, an entry for each target, several at the same time, workers for long lists."""
