"""How the site is built: `make docs`. Its pages lie here and where they already stand: README,
HANDBOOK, CONTRIBUTING and the lessons with the outputs that they store.
"""

from importlib import metadata

project = "netcourse"
author = "netcourse contributors"
copyright = "netcourse contributors: software BSD-3-Clause, lessons and texts CC BY 4.0"
release = metadata.version("netcourse")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
root_doc = "docs/index"
include_patterns = ["docs/*.md", "*.md", "notebooks/*.ipynb"]

nb_execution_mode = "off"  # the stored outputs, which the tests compare
nb_remove_code_source = True  # residents read pictures
nb_ipywidgets_js: dict[str, str] = {}  # nothing from another host
nb_merge_streams = True
myst_heading_anchors = 3
suppress_warnings = ["mystnb.unknown_mime_type", "myst.xref_missing"]

default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "undoc-members": False}

html_theme = "furo"
html_title = "netcourse"
html_show_sphinx = False
html_theme_options = {
    "announcement": "All patients are synthetic. For education, not for patient care.",
}
