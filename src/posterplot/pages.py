"""Templates to HTML, in one manner wherever the project writes a page."""

from jinja2 import Environment, PackageLoader, StrictUndefined


def page_templates(package: str, folder: str = ".") -> Environment:
    """Return the templates of a package; what they show is escaped, what they miss is an error.

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
