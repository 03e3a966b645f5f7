# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the documentation site: plugin and role references and the guides below ``docs/docsite/``.

    python -m tests.tools.site OUTPUT_DIR

Warnings are errors. Works without network: references to Ansible's own documentation are not looked up there. Before
the first release the page of changes is made from the fragments.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import yaml

from tests.tools.tree import ROOT, refresh

ANSIBLE_DOCS = "https://docs.ansible.com/projects/ansible/latest/"
# Labels of Ansible's own documentation that the generated pages refer to: title and page of each.
EXTERNAL = {
    "action_plugins": ("Action plugins", "plugins/action.html"),
    "ansible_configuration_settings": ("Ansible configuration settings", "reference_appendices/config.html"),
    "common_return_values": ("Return values", "reference_appendices/common_return_values.html"),
}

PLACE = "collections/fortiops/fortitoken"
LABEL = "ansible_collections.fortiops.fortitoken.docsite"
NAME = "fortiops.fortitoken"
TITLE = "FortiTokens after a FortiGate migration"
INDEX = f"""\
.. _docsite_root_index:

{TITLE}
{"=" * len(TITLE)}

The Ansible collection ``{NAME}`` finds and repairs FortiTokens that stopped working when a FortiGate's configuration was moved to another unit. One command reads a unit over SSH, or hundreds of them, repairs what can be repaired without leaving any user without the second factor, and writes the tickets for the rest. The next run finishes an interrupted one. Every promise is tested on a simulated FortiGate, and none on hardware.

- Begin with the :ref:`quick start <{LABEL}.guide_quickstart>`.
- If the old unit still runs: :ref:`migrating a unit <{LABEL}.guide_migration>`.
- If something does not work: :ref:`troubleshooting <{LABEL}.guide_troubleshooting>`.
"""  # noqa: E501 (paragraphs of reStructuredText are not wrapped)


#: On a phone, a table of the guides is a list of rows, and nothing is wider than the screen. References have tables of
#: their own, which know phones.
PHONE_CSS = """\
@media (max-width: 640px) {
  .wy-table-responsive { overflow: visible; }
  TABLE, TABLE > tbody, TABLE > tbody > tr, TABLE > tbody > tr > td {
    display: block; width: 100% !important; white-space: normal !important; border-left: 0; border-right: 0;
  }
  TABLE > thead { display: none; }
  TABLE > tbody > tr { padding: 8px 0; border-bottom: 2px solid #c8ccd4; }
  TABLE > tbody > tr > td { padding: 2px 4px; border: 0; }
  TABLE > tbody > tr > td:first-child { font-weight: bold; }
  .rst-content code, .rst-content a { overflow-wrap: anywhere; white-space: normal; }
}
""".replace("TABLE", ".rst-content table.docutils:not(.ansible-option-table)")


def _toctree(caption: str, pages: Sequence[str], *options: str) -> str:
    entries = "".join(f"   {line}\n" for line in [":maxdepth: 1", f":caption: {caption}", *options, "", *pages])
    return f"\n.. toctree::\n{entries}"


def index_page() -> str:
    """Return the first page: what this is, the guides as extra-docs.yml orders them, and the reference."""
    extra = yaml.safe_load((ROOT / "docs" / "docsite" / "extra-docs.yml").read_text(encoding="utf-8"))
    guides = [
        _toctree(section["title"], [f"{PLACE}/docsite/{page}" for page in section["toctree"]])
        for section in extra["sections"]
    ]
    reference = [
        f"Modules, connection and role <{PLACE}/index>",
        "collections/index_*",
        "collections/environment_variables",
    ]
    # The index of all collections has this one only; it must be somewhere.
    return "".join(
        [
            INDEX,
            *guides,
            _toctree("Reference", reference, ":glob:"),
            "\n.. toctree::\n   :hidden:\n\n   collections/index\n",
        ]
    )


def external_page() -> str:
    """Return a page (reStructuredText) with the labels of EXTERNAL, each leading to Ansible's documentation."""
    parts = [":orphan:\n", "Ansible documentation", "=====================\n"]
    for label, (title, page) in EXTERNAL.items():
        parts += [f".. _{label}:\n", title, f"{'-' * len(title)}\n", f"See `{title} <{ANSIBLE_DOCS}{page}>`__.\n"]
    return "\n".join(parts)


def _run(command: list[str], folder: Path, tree: Path) -> None:
    """Run a program of this environment; raises SystemExit with its output when it fails."""
    environment = dict(os.environ, ANSIBLE_COLLECTIONS_PATH=str(tree))
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    result = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if result.returncode:
        raise SystemExit(f"{result.stdout}\n{' '.join(command)}: exit status {result.returncode}")


def _with_changes(collection: Path, tree: Path) -> None:
    """Turn the fragments of an unreleased collection into its first release: an empty changelog makes no page."""
    changelog = collection / "changelogs" / "changelog.yaml"
    if not yaml.safe_load(changelog.read_text(encoding="utf-8"))["releases"]:
        version = yaml.safe_load((collection / "galaxy.yml").read_text(encoding="utf-8"))["version"]
        _run(["antsibull-changelog", "release", "--version", version], collection, tree)


def build(output: Path) -> Path:
    """Build the site from a copy of the checkout and return its first page, in ``output``."""
    # antsibull-docs wants a folder that nobody else can read.
    with (
        tempfile.TemporaryDirectory(prefix="fortitoken-site-") as temporary,
        tempfile.TemporaryDirectory(prefix="fortitoken-tree-") as copy,
    ):
        work, tree = Path(temporary), Path(copy)
        _with_changes(refresh(tree), tree)
        index = work / "first-page.rst"
        index.write_text(index_page(), encoding="utf-8")
        init = ["antsibull-docs", "sphinx-init", "--use-current", "--dest-dir", temporary, "--fail-on-error"]
        init += ["--project", NAME, "--copyright", "FortiOps contributors", "--index-rst-source", str(index)]
        init += ["--title", f"{NAME}: {TITLE}", "--html-short-title", NAME]
        _run([*init, NAME], work, tree)
        requirements = ["-m", "pip", "install", "-qq", "--disable-pip-version-check", "-r", "requirements.txt"]
        _run([sys.executable, *requirements], work, tree)
        with (work / "conf.py").open("a", encoding="utf-8") as conf:
            # Settings of Ansible itself are documented there, not here.
            conf.write("\nintersphinx_mapping = {}\nnitpick_ignore_regex = [('envvar', 'ANSIBLE_.*')]\n")
            conf.write("html_static_path = ['static']\nhtml_css_files = ['phone.css']\n")
        (work / "static").mkdir()
        (work / "static" / "phone.css").write_text(PHONE_CSS, encoding="utf-8")
        (work / "rst").mkdir(exist_ok=True)
        (work / "rst" / "external.rst").write_text(external_page(), encoding="utf-8")
        _run(["bash", "build.sh"], work, tree)
        shutil.rmtree(output, ignore_errors=True)
        shutil.copytree(work / "build" / "html", output)
    return output / "index.html"


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the documentation site.")
    parser.add_argument("output", type=Path)
    print(f"docs: {build(parser.parse_args().output.absolute())}")


if __name__ == "__main__":
    main()
