"""The analytics API as its documents show it: their own curl commands, verbatim but for the host and
the names in angle brackets, and their answers, compared by fields and types. Two things had to be
mended to run them at all, and are mended for all alike: commands of version 1 that are broken over
lines without a backslash, and addresses with an ampersand that stand without quotes.

Only commands of this suite's part of the API are here: version 1 whole, and of version 2 the
counters and their history."""
import base64
import json
import re
import subprocess
import urllib.error
import urllib.request

from case import CacheryCase

V1 = "https://analytics.memcachier.com/api"
V2 = "https://insight.memcachier.com/api/v2/caches/<cache_id>"

STATS = {name: 0 for name in (
    "auth_cmds auth_errors bytes bytes_read bytes_written cas_badval cas_hits cas_misses cmd_delete "
    "cmd_flush cmd_get cmd_set cmd_touch curr_connections curr_items decr_hits decr_misses "
    "delete_hits delete_misses evictions expired get_hits get_misses incr_hits incr_misses "
    "limit_maxbytes time total_connections total_items touch_hits touch_misses").split()}

V1_CREDENTIAL = {"cache_id": 14, "flush_capability": False, "id": 44,
                 "sasl_username": "CRED_USERNAME", "uuid": None, "write_capability": True,
                 "api_capability": True, "primary": True}

# (what, the command of the document, its status, its answer). An answer that is text is a body; the
# fields and types of the others are what counts.
V1_EXAMPLES = (
    ("login", f'curl "{V1}/v1/login"\n  --user CRED_USERNAME:CRED_PASSWORD', 200,
     {"cache_id": 1561}),
    ("login, as the table has it", f'curl "{V1}/login"\n  --user CRED_USERNAME:CRED_PASSWORD', 200,
     {"cache_id": 1561}),
    ("stats", f'curl "{V1}/v1/<memcachier_id>/stats"\n  --user "CRED_USERNAME:CRED_PASSWORD"', 200,
     {"<server>": STATS}),
    ("flush", f'curl "{V1}/v1/<memcachier_id>/flush" -X POST\n'
              '  --user "CRED_USERNAME:CRED_PASSWORD"', 200, ""),
    ("list credentials", f'curl "{V1}/v1/<memcachier_id>/credentials"\n'
                         '  --user "CRED_USERNAME:CRED_PASSWORD"', 200, [V1_CREDENTIAL]),
    ("create credentials", f'curl "{V1}/v1/<memcachier_id>/credentials" -X POST\n'
                           '  --user "CRED_USERNAME:CRED_PASSWORD"', 200,
     V1_CREDENTIAL | {"sasl_password": "CRED_PASSWORD"}),
    ("update credentials", f'curl "{V1}/v1/<memcachier_id>/credentials/<cred_username>" -X PATCH\n'
                           """  -d '{"flush_capability":"false"}'\n"""
                           '  --user "CRED_USERNAME:CRED_PASSWORD"', 200,
     {"flush_capability": False, "write_capability": True, "api_capability": True}),
    ("promote credentials",
     f'curl "{V1}/v1/<memcachier_id>/credentials/primary/<cred_username>" -X POST\n'
     '  --user "CRED_USERNAME:CRED_PASSWORD"', 200, V1_CREDENTIAL),
    ("promote the first one again",
     f'curl "{V1}/v1/<memcachier_id>/credentials/primary/<own_username>" -X POST\n'
     '  --user "CRED_USERNAME:CRED_PASSWORD"', 200, V1_CREDENTIAL),
    ("delete credentials",
     f'curl "{V1}/v1/<memcachier_id>/credentials/primary/<cred_username>" -X DELETE\n'
     '  --user "CRED_USERNAME:CRED_PASSWORD"', 200, ""),
)

WINDOW = "startTime=2023-01-08T15:20:00Z&endTime=2023-01-10T15:20:00Z"
NAMES = "names=auth_cmds_rate,auth_errors_rate,bytes"
V2_EXAMPLES = (
    ("get stats", f"curl {V2}/stats \\\n  --user <username>:<password>", 200, STATS),
    ("get processed stats aggregate",
     f"curl {V2}/insight/processed_stats?{NAMES}&{WINDOW} \\\n  --user <username>:<password>", 200,
     [{"name": "processed_stats",
       "columns": ["time", "auth_cmds_rate", "auth_errors_rate", "bytes"], "values": []}]),
    ("get processed stats per server",
     f"curl {V2}/insight/processed_stats/per_server?{NAMES}&{WINDOW} \\\n"
     "  --user <username>:<password>", 200, []),
    ("get latency", f"curl {V2}/insight/latency?{WINDOW} \\\n  --user <username>:<password>", 200,
     []),
)


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
                "<cred_username>": second["username"], "<own_username>": cache["username"]}

    def check_examples(self, examples):
        cache = self.create_cache()
        second = self.create_credential(cache)
        words = self.words_of(cache, second)
        for what, command, wanted_status, wanted in examples:
            with self.subTest(what):
                status, body = self.run_example(command, words)
                self.assertEqual(status, wanted_status, body)
                if isinstance(wanted, str):
                    self.assertEqual(body, wanted)
                    continue
                text = json.dumps(wanted).replace("<server>", self.server.address)
                self.assertEqual(shape(json.loads(body)), shape(json.loads(text)))

    def test_the_documents_commands_of_version_1_are_answered_as_documented(self):
        self.check_examples(V1_EXAMPLES)

    def test_the_documents_commands_of_version_2_are_answered_as_documented(self):
        self.check_examples(V2_EXAMPLES)

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
        self.assertEqual(self.run_example(V1_EXAMPLES[3][1], words), (200, ""))
        self.assertIsNone(connection.get("key"))

    def test_somebody_elses_cache_is_never_told_of(self):
        mine, other = self.create_cache(), self.create_cache()
        self.assertEqual(self.ask(mine, f'/api/v1/{other["id"]}/stats')[0], 403)
        self.assertEqual(self.ask(mine, f'/api/v2/caches/{other["id"]}/stats')[0], 404)
        status, body = self.ask(mine | {"password": "wrong"}, f'/api/v2/caches/{mine["id"]}/stats')
        self.assertEqual(status, 401)
        self.assertEqual(json.loads(body), {"error": {"code": 401, "message": "Bad user"}})
