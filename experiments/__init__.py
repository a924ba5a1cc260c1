"""How experiments are run and stored.

`run` makes replicates of the model, one after another or in processes; `store` writes a run to a folder of
Parquet files with a manifest and reads it back; `manifest` says what a run was made of and by; `metrics`
gives every recorded column its label and unit; `summary` counts by year; `progress` tells how far a run is.
"""
