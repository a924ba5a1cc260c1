"""List the interactions."""

from experiments.interactions.command import listing

print("Run one with: python -m experiments.interactions.NAME [--scale 0.1] [--replicates 5] [--workers 2]\n")
print("\n".join(listing()))
