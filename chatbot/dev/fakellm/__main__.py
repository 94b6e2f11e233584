"""`python -m chatbot.dev.fakellm`: the fake provider as a process, until SIGINT or SIGTERM."""

import argparse

from chatbot.dev.fakellm.process import add_options, run


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m chatbot.dev.fakellm", description=__doc__)
    add_options(parser)
    run(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
