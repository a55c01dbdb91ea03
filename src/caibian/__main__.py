"""`python -m caibian`: the command line where the console script is not on the path."""

from caibian.cli import main

if __name__ == "__main__":
    main()
