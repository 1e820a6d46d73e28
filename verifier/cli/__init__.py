"""The command line: thin, every command a few lines over the rooms. Exit codes are in docs/cli.md."""


def main() -> None:
    """Run one command; errors that a user can mend are one line each, never a traceback."""
    from verifier.cli.app import app

    app()
