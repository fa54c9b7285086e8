"""What the command line and its files give, read once and strictly, before anything is sent."""
