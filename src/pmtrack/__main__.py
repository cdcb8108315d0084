"""`python -m pmtrack`."""

from pmtrack.cli import main

main()
