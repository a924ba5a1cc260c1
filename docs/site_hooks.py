"""Pages of the site that are read from the code: commands, parameters, policies, results and the ODD+D.

MkDocs calls this function (`hooks` in mkdocs.yml).
"""

from mkdocs.structure.files import File

from analysis.site import pages


def on_files(files, config):
    """Add the generated pages."""
    for name, text in pages().items():
        if files.get_file_from_path(name) is None:
            files.append(File.generated(config, name, content=text))
    return files
