"""Jinja templates for the HTML pages of the project."""

from jinja2 import Environment, PackageLoader, StrictUndefined


def page_templates(package: str, folder: str = ".") -> Environment:
    """Return the templates of a package. Values are escaped; undefined values are errors.

    Args:
        package: its full name.
        folder: of the templates, within the package.

    """
    return Environment(
        loader=PackageLoader(package, folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
