"""The guide as the executable serves it: every link leads somewhere, nothing inline, searchable."""
import html.parser
import json
import unittest
import urllib.error
import urllib.request

from case import CacheryCase


class Page(html.parser.HTMLParser):
    """The links, anchors and inline code of a page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.anchors, self.inline = [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.anchors.add(given.get("id"))
        if tag == "a":
            self.links.append(given["href"])
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        self.inline += [name for name in given if name == "style" or name.startswith("on")]


class Guide(CacheryCase):
    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://{self.server.ready['http']}{path}",
                                        timeout=30) as answer:
                return answer.read().decode(), answer.headers
        except urllib.error.HTTPError as why:
            self.fail(f"{path}: {why}")

    def pages(self):
        """Every page that can be reached from the first, by address."""
        found, waiting = {}, ["/docs"]
        while waiting:
            address = waiting.pop()
            if address in found:
                continue
            text, headers = self.get(address)
            self.assertTrue(headers["Content-Type"].startswith("text/html"), address)
            self.assertIn("script-src 'self'; style-src 'self';",
                          headers["Content-Security-Policy"])
            found[address] = Page(text)
            waiting += [link.partition("#")[0] for link in found[address].links
                        if link.startswith("/docs")]
        return found

    def test_every_link_leads_somewhere_and_nothing_is_inline(self):
        pages = self.pages()
        self.assertGreater(len(pages), 40)
        for address, page in pages.items():
            self.assertEqual(page.inline, [], address)
            for link in page.links:
                target, _, anchor = link.partition("#")
                if anchor and (not target or target in pages):
                    self.assertIn(anchor, pages[target or address].anchors, f"{address}: {link}")

    def test_search_knows_every_page(self):
        index = json.loads(self.get("/docs/search.json")[0])
        known = {row["u"] for row in index}
        self.assertEqual(set(self.pages()) - known, set())
        hits = [row["u"] for row in index if "SASL_PATH" in row["x"]]
        self.assertEqual(sorted(hits), ["/docs/django", "/docs/python"])

    def test_its_script_and_style_are_files(self):
        for name, kind in (("guide.js", "text/javascript"), ("guide.css", "text/css")):
            self.assertTrue(self.get(f"/docs/{name}")[1]["Content-Type"].startswith(kind))


if __name__ == "__main__":
    unittest.main()
