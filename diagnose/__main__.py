"""`python -m diagnose` is `diagnose`."""

from diagnose.start import main

main()
