"""`python -m adjuvant` is `adjuvant`."""

from adjuvant.cli.main import main

main()
