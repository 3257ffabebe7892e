"""The curl commands of the documents of the service's analytics API and the answers they show, taken
over as they stand but for host and credentials; test_analytics.py runs them. Fields and types of an
answer are what counts; an answer that is text here is the body to the letter."""

V1 = "https://analytics.memcachier.com/api"
V2 = "https://analytics.memcachier.com/api/v2/caches/<cache_id>"
USER = "  --user <username>:<password>"
JSON = "  -H 'Content-Type: application/json' \\\n"

STATS = {name: 0 for name in (
    "auth_cmds auth_errors bytes bytes_read bytes_written cas_badval cas_hits cas_misses cmd_delete "
    "cmd_flush cmd_get cmd_set cmd_touch curr_connections curr_items decr_hits decr_misses "
    "delete_hits delete_misses evictions expired get_hits get_misses incr_hits incr_misses "
    "limit_maxbytes time total_connections total_items touch_hits touch_misses").split()}

V1_CREDENTIAL = {"cache_id": 14, "flush_capability": False, "id": 44,
                 "sasl_username": "CRED_USERNAME", "uuid": None, "write_capability": True,
                 "api_capability": True, "primary": True}

# (what, the command of the document, its status, its answer)
V1_EXAMPLES = (
    ("login", f'curl "{V1}/v1/login"\n  --user CRED_USERNAME:CRED_PASSWORD', 200,
     {"cache_id": 1561}),
    ("login, as the table has it", f'curl "{V1}/login"\n  --user CRED_USERNAME:CRED_PASSWORD', 200,
     {"cache_id": 1561}),
    ("stats", f'curl "{V1}/v1/<memcachier_id>/stats"\n  --user "CRED_USERNAME:CRED_PASSWORD"', 200,
     {"<server>": STATS}),
    ("history", f'curl "{V1}/v1/<memcachier_id>/history"\n  --user "CRED_USERNAME:CRED_PASSWORD"',
     200, []),
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

V2_CREDENTIAL = {"id": 0, "cache_id": 0, "sasl_username": "string", "sasl_password": "pa$$word",
                 "write_capability": True, "flush_capability": True, "api_capability": True,
                 "primary": True}
INFO = {"id": 4, "name": "ABCDEF", "label": "string", "cache_type": "memcachier", "plan": 26214400,
        "provider": "ec2", "enabled": True, "cluster_name": "string", "servers": ["string"],
        "credentials": [V2_CREDENTIAL], "can_switch": True, "can_manage_credentials": True,
        "can_update_capabilities": True}
CAPABILITIES = {"flush_capability": False, "write_capability": False, "api_capability": True}

WINDOW = "startTime=2023-01-08T15:20:00Z&endTime=2023-01-10T15:20:00Z"
NAMES = "names=auth_cmds_rate,auth_errors_rate,bytes"
V2_EXAMPLES = (
    ("info", f"curl {V2}/info \\\n{USER}", 200, INFO),
    ("list credentials", f"curl {V2}/credentials \\\n{USER}", 200, [V2_CREDENTIAL]),
    ("create credentials", f"curl -X POST {V2}/credentials \\\n{USER}", 201, V2_CREDENTIAL),
    ("update credentials",
     f"curl -X PATCH {V2}/credentials/<credential_username> \\\n{USER} \\\n{JSON}"
     """  -d '{"write_capability":true,"flush_capability":false,"api_capability":true}'""", 200,
     CAPABILITIES),
    ("promote credentials",
     f"curl -X POST {V2}/credentials/primary/<credential_username> \\\n{USER}", 200, V2_CREDENTIAL),
    ("promote the first one again",
     f"curl -X POST {V2}/credentials/primary/<own_username> \\\n{USER}", 200, V2_CREDENTIAL),
    ("delete credentials", f"curl -X DELETE {V2}/credentials/<credential_username> \\\n{USER}", 200,
     ""),
    ("rotate the SSO token", f"curl -X POST {V2}/rotate_sso \\\n{USER}", 200, "<json string>"),
    ("enable the cache", f"curl -X POST {V2}/enable_cache \\\n{USER}", 200, ""),
    # On one machine there is no other cluster; the document shows the answer of a service with many.
    ("switch cluster", f"curl -X POST {V2}/switch_cluster \\\n{USER}", 400,
     {"error": {"code": 400, "message": "string"}}),
    ("flush", f"curl -X POST {V2}/flush \\\n{USER}", 204, ""),
    ("reset stats", f"curl -X POST {V2}/reset_stats \\\n{USER}", 204, ""),
    ("get stats", f"curl {V2}/stats \\\n{USER}", 200, STATS),
    ("get processed stats aggregate",
     f"curl {V2}/insight/processed_stats?{NAMES}&{WINDOW} \\\n{USER}", 200,
     [{"name": "processed_stats",
       "columns": ["time", "auth_cmds_rate", "auth_errors_rate", "bytes"], "values": []}]),
    ("get processed stats per server",
     f"curl {V2}/insight/processed_stats/per_server?{NAMES}&{WINDOW} \\\n{USER}", 200, []),
    ("get latency", f"curl {V2}/insight/latency?{WINDOW} \\\n{USER}", 200, []),
)

ALERT = {"id": 4, "trigger_type": "hit_rate", "trigger_threshold": 50, "delivery_config_id": 1,
         "description": "This is a description.", "enabled": True}
CONFIG = {"id": 1, "delivery_type": "slack", "email": "",
          "slack_url": "https://hooks.slack.com/services/...", "slack_channel": "#alerts"}

# An answer's id is what the commands after it mean by <config_id> and <alert_id>; the document's
# delivery_config_id of 1 is the one that was made before.
V2_ALERT_EXAMPLES = (
    ("create delivery config",
     f"curl -X POST {V2}/alerts/configs \\\n{USER} \\\n{JSON}"
     """  -d '{"delivery_type":"slack","slack_url":"https://hooks.slack.com/services/...","""
     """"slack_channel":"#alerts"}'""", 201, CONFIG),
    ("list delivery configs", f"curl {V2}/alerts/configs \\\n{USER}", 200, [CONFIG]),
    ("create alert",
     f"curl -X POST {V2}/alerts \\\n{USER} \\\n{JSON}"
     """  -d '{"trigger_type":"hit_rate","trigger_threshold":50,"delivery_config_id":1,"""
     """"description":"This is a description.","enabled":true}'""", 201, ALERT),
    ("list alerts", f"curl {V2}/alerts \\\n{USER}", 200, [ALERT]),
    ("get alert", f"curl {V2}/alerts/<alert_id> \\\n{USER}", 200, ALERT),
    ("update alert",
     f"curl -X PUT {V2}/alerts/<alert_id> \\\n{USER} \\\n{JSON}"
     """  -d '{"id":<alert_id>,"enabled":false}'""", 201, ALERT),
    ("delete alert", f"curl -X DELETE {V2}/alerts/<alert_id> \\\n{USER}", 201, ""),
    ("delete delivery config", f"curl -X DELETE {V2}/alerts/configs/<config_id> \\\n{USER}", 204,
     ""),
)

COLUMNS = ["time", "num_keys", "total_size", "total_hits_rate", "total_misses_rate",
           "total_mutations_rate"]
POPULAR = {"time_slice": 186554450945, "most_hit_keys": [], "most_missed_keys": [],
           "most_mutated_keys": [], "popular_prefixes": []}
PREFIX = {"id": 1, "name": "string"}

# Of a cache that nobody looked at before, which is watched from the first of them on: the lists of
# requests and keys, which the document shows with an element, are empty yet.
V2_INTROSPECTION_EXAMPLES = (
    ("get logs", f"curl {V2}/introspection/recent_logs \\\n{USER}", 200, {"<server>": []}),
    ("get compound stats", f"curl {V2}/introspection/compound_stats?{WINDOW} \\\n{USER}", 200,
     [{"name": "compound_stats", "columns": COLUMNS, "values": []}]),
    ("get popular items", f"curl {V2}/introspection/popular_items \\\n{USER}", 200, POPULAR),
    ("get key stats", f"curl {V2}/introspection/key_stats?key=<key_name> \\\n{USER}", 200,
     [{"timestamp": "2019-08-24T14:15:22Z", "name": "string", "size": 0, "hit_count": 0,
       "miss_count": 0, "mutation_count": 0, "in_cache": True}]),
    ("watch prefix",
     f"curl -X POST {V2}/introspection/prefixes \\\n{USER} \\\n{JSON}"
     """  -d '{"name":"my_prefix"}'""", 200, PREFIX),
    ("get watched prefixes", f"curl {V2}/introspection/prefixes \\\n{USER}", 200, [PREFIX]),
    ("get prefix stats",
     f"curl {V2}/introspection/prefixes/<prefix_id>/stats?{WINDOW} \\\n{USER}", 200,
     [{"name": "prefix_stats", "columns": COLUMNS, "values": []}]),
    ("get prefix popular items",
     f"curl {V2}/introspection/prefixes/<prefix_id>/popular_items \\\n{USER}", 200, POPULAR),
    ("unwatch prefix", f"curl -X DELETE {V2}/introspection/prefixes/<prefix_id> \\\n{USER} \\\n",
     204, ""),
)
