import importlib
import pkgutil
import re
import runpy
from types import SimpleNamespace


def test_the_command_line_page_equals_the_help(pytestconfig):
    docs = pytestconfig.rootpath / "docs"
    made = runpy.run_path(str(docs / "make_cli.py"))["page"]()
    assert (docs / "cli.md").read_text() == made, "run `make docs`"


def test_every_link_in_the_documents_leads_somewhere(pytestconfig):
    root = pytestconfig.rootpath
    pages = [*root.glob("*.md"), *root.glob("docs/**/*.md")]
    assert len(pages) > 4
    for page in pages:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page}: {target}"


def test_every_setting_is_documented(pytestconfig):
    import posterplot.training.config as package

    modules = [f"{package.__name__}.{m.name}" for m in pkgutil.iter_modules(package.__path__)]
    sections = {
        name: section
        for module in map(importlib.import_module, modules)
        for name, section in vars(module).items()
        if name.endswith("Config") and isinstance(section, type) and name != "NetworkConfig"
    }
    assert len(sections) > 10
    for name, section in sections.items():
        for field in section.model_fields:
            if field not in ("kind", "name", "seed"):
                assert re.search(rf"\b{field}\b", section.__doc__), f"{name}.{field}"


def test_the_site_shows_paths_for_files_that_it_does_not_have(pytestconfig):
    docs = pytestconfig.rootpath / "docs"
    change = runpy.run_path(str(docs / "site_hooks.py"))["on_page_markdown"]
    page = SimpleNamespace(file=SimpleNamespace(abs_src_path=str(docs / "decisions/0001.md")))
    text = "[a](../data.md#x) [b](../../deploy/nginx.conf) [c](https://a.b) ![d](../../e.svg)"
    shown = change(text, page=page, config={"docs_dir": str(docs)})
    assert shown == "[a](../data.md#x) `deploy/nginx.conf` [c](https://a.b) ![d](../../e.svg)"
