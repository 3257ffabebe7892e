"""The analytics API as its documents show it: their own curl commands, verbatim but for the host and
the names in angle brackets, and their answers, compared by fields and types. Two things had to be
mended to run them at all, and are mended for all alike: commands of version 1 that are broken over
lines without a backslash, and addresses with an ampersand that stand without quotes.

The commands stand in documented_examples.py."""
import base64
import json
import re
import subprocess
import urllib.error
import urllib.request

from case import CacheryCase
from documented_examples import (V1_EXAMPLES, V2_ALERT_EXAMPLES, V2_EXAMPLES,
                                 V2_INTROSPECTION_EXAMPLES)


# What the document's later commands call the id that an earlier one was answered.
MADE_IDS = {"create delivery config": "<config_id>", "create alert": "<alert_id>",
            "watch prefix": "<prefix_id>"}


def shape(value):
    """What an answer is made of: names and types, of a list that of its first element."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


class Analytics(CacheryCase):
    def run_example(self, command, words):
        """The status and the body that the command prints, run by a shell as a reader would."""
        command = re.sub(r"(?<!\\)\n", " \\\n", command)
        command = re.sub(r"(https://\S*&\S*)", r'"\1"', command)
        for word, value in words.items():
            command = command.replace(word, value)
        ran = subprocess.run(["bash", "-c", command + " -s -w '\\n%{http_code}'"],
                             capture_output=True, text=True, timeout=20)
        self.assertEqual(ran.returncode, 0, command + ran.stderr)
        body, _, status = ran.stdout.rpartition("\n")
        return int(status), body

    def words_of(self, cache, second):
        host = f"http://{self.server.ready['http']}"
        return {"https://analytics.memcachier.com": host, "https://insight.memcachier.com": host,
                "<memcachier_id>": str(cache["id"]), "<cache_id>": str(cache["id"]),
                "CRED_USERNAME": cache["username"], "CRED_PASSWORD": cache["password"],
                "<username>": cache["username"], "<password>": cache["password"],
                "<cred_username>": second["username"], "<own_username>": cache["username"],
                "<credential_username>": second["username"], "<key_name>": "key"}

    def check_examples(self, examples):
        cache = self.create_cache()
        second = self.create_credential(cache)
        words = self.words_of(cache, second)
        for what, command, wanted_status, wanted in examples:
            with self.subTest(what):
                status, body = self.run_example(command, words)
                self.assertEqual(status, wanted_status, body)
                if wanted == "<json string>":
                    self.assertIsInstance(json.loads(body), str)
                    continue
                if isinstance(wanted, str):
                    self.assertEqual(body, wanted)
                    continue
                text = json.dumps(wanted).replace("<server>", self.server.address)
                answer = json.loads(body)
                self.assertEqual(shape(answer), shape(json.loads(text)))
                if what in MADE_IDS:
                    words[MADE_IDS[what]] = str(answer["id"])
                if what == "create delivery config":
                    words['"delivery_config_id":1'] = f'"delivery_config_id":{answer["id"]}'

    def test_the_documents_commands_of_version_1_are_answered_as_documented(self):
        self.check_examples(V1_EXAMPLES)

    def test_the_documents_commands_of_version_2_are_answered_as_documented(self):
        self.check_examples(V2_EXAMPLES)

    def test_the_documents_commands_about_alerts_are_answered_as_documented(self):
        self.check_examples(V2_ALERT_EXAMPLES)

    def test_the_documents_commands_about_introspection_are_answered_as_documented(self):
        self.check_examples(V2_INTROSPECTION_EXAMPLES)

    def ask(self, cache, path):
        request = urllib.request.Request(f"http://{self.server.ready['http']}" + path)
        pair = f'{cache["username"]}:{cache["password"]}'.encode()
        request.add_header("Authorization", "Basic " + base64.b64encode(pair).decode())
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def test_counters_of_both_versions_are_those_that_a_client_made(self):
        cache = self.create_cache()
        connection = self.ascii(cache)
        connection.set("key", b"value")
        for key in ("key", "key", "nothing"):
            connection.get(key)
        status, body = self.ask(cache, f'/api/v2/caches/{cache["id"]}/stats')
        self.assertEqual(status, 200)
        stats = json.loads(body)
        self.assertEqual((stats["get_hits"], stats["get_misses"], stats["curr_items"]), (2, 1, 1))
        status, body = self.ask(cache, f'/api/v1/{cache["id"]}/stats')
        self.assertEqual(json.loads(body)[self.server.address]["get_hits"], 2)

    def test_a_flush_by_the_api_is_seen_by_a_connected_client(self):
        cache = self.create_cache()
        connection = self.ascii(cache)
        connection.set("key", b"value")
        words = self.words_of(cache, cache)
        flush = next(command for what, command, *_ in V1_EXAMPLES if what == "flush")
        self.assertEqual(self.run_example(flush, words), (200, ""))
        self.assertIsNone(connection.get("key"))

    def test_somebody_elses_cache_is_never_told_of(self):
        mine, other = self.create_cache(), self.create_cache()
        self.assertEqual(self.ask(mine, f'/api/v1/{other["id"]}/stats')[0], 403)
        self.assertEqual(self.ask(mine, f'/api/v2/caches/{other["id"]}/stats')[0], 404)
        status, body = self.ask(mine | {"password": "wrong"}, f'/api/v2/caches/{mine["id"]}/stats')
        self.assertEqual(status, 401)
        self.assertEqual(json.loads(body), {"error": {"code": 401, "message": "Bad user"}})
