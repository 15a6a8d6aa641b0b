"""Check the links of built pages without a network: ``python docs/check_links.py FOLDER``.

Every internal link leads to a file, every anchor to an element; external links are well-formed.
"""

import sys
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

REFERENCES = {"a": "href", "link": "href", "img": "src", "script": "src", "source": "src"}


@cache
def page(path):
    """Return a page, parsed."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@cache
def anchors(path):
    """Return all places of a page that a link can lead to."""
    return {tag.get("id") or tag["name"] for tag in page(path).select("[id], a[name]")}


def links(path):
    """Yield all addresses that a page refers to."""
    for name, attribute in REFERENCES.items():
        for tag in page(path).find_all(name, attrs={attribute: True}):
            yield tag[attribute]


def fault(root, path, address):
    """Return what is wrong with an address on a page, or None."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return external_fault(parts, address)
    target = path if not parts.path else (path.parent / unquote(parts.path)).resolve()
    if target.is_dir():
        target /= "index.html"
    if not target.is_relative_to(root):
        return "leads out of the site"
    if not target.is_file():
        return "no such file"
    missing = parts.fragment and target.suffix == ".html" and address != "#"
    if missing and unquote(parts.fragment) not in anchors(target):
        return "no such anchor"
    return None


def external_fault(parts, address):
    """Return what is wrong with an address elsewhere, as far as it tells by itself."""
    if parts.scheme in {"data", "mailto"}:
        return None
    well_formed = parts.scheme in {"", "http", "https"} and "." in (parts.hostname or "")
    return None if well_formed and not set(address) & set(' <>"`') else "no address"


def main():
    """Print faults; their number decides the exit status."""
    root = Path(sys.argv[1]).resolve()
    pages = sorted(path for path in root.rglob("*.html") if "_static" not in path.parts)
    checked = {(path, address) for path in pages for address in links(path)}
    faults = [(path, address, fault(root, path, address)) for path, address in sorted(checked)]
    faults = [found for found in faults if found[2]]
    for path, address, reason in faults:
        print(f"{path.relative_to(root)}: {address}: {reason}", file=sys.stderr)
    print(f"{len(pages)} pages, {len(checked)} links, {len(faults)} faults")
    return 1 if faults or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
