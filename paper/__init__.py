"""The paper: Typst text around numbers, tables and figures that are made from runs and from the model.

    python -m paper                    # everything: runs, numbers, figures, PDF
    python -m paper --reduced          # the same with few small runs, to see that it builds

`runs.py` says what is run, `facts.py` makes every number, `build.py` puts all of it into `generated/` and compiles
`paper.typ`. No number is typed into the text: `#fact("name")` takes it from `generated/facts.json`, and a name that is
not there stops the build. Nothing here is imported by the packages.
"""
