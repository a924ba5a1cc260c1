"""Pages of the site that are read from the code: commands, parameters, policies, results and the ODD+D.

MkDocs calls these functions (`hooks` in mkdocs.yml). Pages of the navigation that other parts of the project write are
left out until they stand in this folder.
"""

from pathlib import Path

from mkdocs.structure.files import File

from analysis.site import pages

#: Written with the commands that they describe.
WITH_THEIR_COMMAND = ("experiments.md", "sensitivity.md")


def on_config(config):
    """Leave out the pages that come with a part of the project that is not here."""
    missing = [name for name in WITH_THEIR_COMMAND if not (Path(config["docs_dir"]) / name).exists()]
    config["nav"] = _without(config["nav"], missing)
    return config


def on_files(files, config):
    """Add the generated pages."""
    for name, text in pages().items():
        if files.get_file_from_path(name) is None:
            files.append(File.generated(config, name, content=text))
    return files


def _without(entries, missing):
    kept = []
    for entry in entries:
        if isinstance(entry, dict):
            ((title, value),) = entry.items()
            if value in missing:
                continue
            entry = {title: _without(value, missing) if isinstance(value, list) else value}
        kept.append(entry)
    return kept
