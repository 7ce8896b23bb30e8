import re
import runpy
from types import SimpleNamespace


def test_the_command_line_page_is_the_help_itself(pytestconfig):
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
    from posterplot.training.config import encoders, films, fit, head, run_config

    classes: dict[str, object] = {}
    for module in (encoders, films, fit, head, run_config):
        classes |= vars(module)
    for name, section in classes.items():
        if name.endswith("Config") and isinstance(section, type) and name not in ("NetworkConfig",):
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
