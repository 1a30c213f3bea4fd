"""`python -m mqtail`: the same as the command `mqtail`."""

from mqtail.cli import main

if __name__ == "__main__":
    main()
