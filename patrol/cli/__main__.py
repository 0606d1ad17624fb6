"""`python -m patrol.cli`, the same as the command `patrol`."""

from patrol.cli import main

if __name__ == "__main__":
    main()
