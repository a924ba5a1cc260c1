"""Interactions: does one measure do more, less or something else when another is there too?

Each script holds one hypothesis of the source documents: two or three levers, the outcomes, and why they should act
together. It runs every combination under the same luck and prints the difference of differences.

    python -m experiments.interactions                                      # lists them
    python -m experiments.interactions.savings_and_work_access --scale 0.1 --replicates 5 --workers 2

`design.py` says what an interaction is and makes the runs, `contrasts.py` holds the arithmetic, `command.py` prints.
"""
