"""How Sphinx builds the pages; `make docs` calls it through ``docs/build.py``."""

from paper_figures._mathml import mathml

project, author = "overfit-theory", "overfit-theory"
extensions = ["myst_nb"]
nb_execution_mode = "off"  # the notebooks' outputs are stored; a test runs the cells
myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 3
myst_links_external_new_tab = False
html_theme = "furo"
html_static_path, html_css_files = ["_static"], ["pages.css"]
html_title = "overfit-theory"
html_show_sphinx = html_show_copyright = False
html_copy_source = False
html_show_search_summary = False  # it would be fetched, which browsers refuse from disk
html_math_renderer = "mathml"  # browsers draw it themselves: no script, no network
exclude_patterns = ["**.ipynb_checkpoints"]
suppress_warnings = ["misc.highlighting_failure", "mystnb.mime_priority"]


def setup(app):
    """Formulas become MathML by the report's own converter."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))


def _inline(translator, node):
    translator.body.append(mathml(node.astext()))
    _skip()


def _block(translator, node):
    translator.body.append(f"<div>{mathml(node.astext(), block=True)}</div>")
    _skip()


def _skip():
    from docutils.nodes import SkipNode

    raise SkipNode
