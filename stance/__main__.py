"""`python -m stance` is the command line."""

from stance.cli.app import main

if __name__ == "__main__":
    main()
