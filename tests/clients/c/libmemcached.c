// libmemcached itself: the C library under pylibmc, php-memcached and many others, binary with
// SASL. Twin of python/checks.py in one file: there is one C client only. A check returns NULL
// when it holds, or why it does not; the lines are read by tests/clients/run.
#define _GNU_SOURCE
#include <libmemcached/memcached.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { kExpirySeconds = 2, kRecoverySeconds = 20, kTooLargeBytes = (1 << 20) + 1 };

#define KEY "cachery-check-"

static memcached_st *client;
static double expiring_since;
static char reason[512];

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void pause_seconds(double seconds) {
    if (seconds > 0) usleep((useconds_t)(seconds * 1e6));
}

// An environment variable that this world may not offer; NULL when it is absent or empty.
static const char *setting(const char *name) {
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static const char *skip(const char *why) {
    snprintf(reason, sizeof reason, "skip %s", why);
    return reason;
}

static memcached_st *open_client(const char *username, const char *password) {
    memcached_st *made = memcached_create(NULL);
    memcached_behavior_set(made, MEMCACHED_BEHAVIOR_BINARY_PROTOCOL, 1);
    memcached_behavior_set(made, MEMCACHED_BEHAVIOR_TCP_NODELAY, 1);
    memcached_behavior_set(made, MEMCACHED_BEHAVIOR_CONNECT_TIMEOUT, 2000);
    memcached_behavior_set(made, MEMCACHED_BEHAVIOR_POLL_TIMEOUT, 5000);
    memcached_behavior_set(made, MEMCACHED_BEHAVIOR_SND_TIMEOUT, 5000000);
    memcached_behavior_set(made, MEMCACHED_BEHAVIOR_RCV_TIMEOUT, 5000000);
    memcached_behavior_set(made, MEMCACHED_BEHAVIOR_RETRY_TIMEOUT, 1);
    memcached_behavior_set(made, MEMCACHED_BEHAVIOR_SUPPORT_CAS, 1);
    if (username) memcached_set_sasl_auth_data(made, username, password);
    memcached_server_st *servers = memcached_servers_parse(getenv("MEMCACHIER_SERVERS"));
    memcached_server_push(made, servers);
    memcached_server_list_free(servers);
    return made;
}

static const char *wants(const char *what, memcached_return_t got, memcached_return_t wanted) {
    if (got == wanted) return NULL;
    snprintf(reason, sizeof reason, "%s: got %s, wanted %s", what,
             memcached_strerror(client, got), memcached_strerror(client, wanted));
    return reason;
}

static memcached_return_t set_for(memcached_st *as, const char *key, const char *value,
                                  time_t seconds) {
    return memcached_set(as, key, strlen(key), value, strlen(value), seconds, 0);
}

static const char *stores(const char *key, const char *value) {
    return wants(key, set_for(client, key, value, 0), MEMCACHED_SUCCESS);
}

static const char *holds(memcached_st *as, const char *key, const char *wanted) {
    size_t length = 0;
    uint32_t flags = 0;
    memcached_return_t result = MEMCACHED_FAILURE;
    char *value = memcached_get(as, key, strlen(key), &length, &flags, &result);
    const char *why = wants(key, result, MEMCACHED_SUCCESS);
    if (!why && (length != strlen(wanted) || (length && memcmp(value, wanted, length)))) {
        snprintf(reason, sizeof reason, "%s: another value of %zu bytes", key, length);
        why = reason;
    }
    free(value);
    return why;
}

static const char *misses(const char *key) {
    size_t length = 0;
    uint32_t flags = 0;
    memcached_return_t result = MEMCACHED_FAILURE;
    free(memcached_get(client, key, strlen(key), &length, &flags, &result));
    return wants(key, result, MEMCACHED_NOTFOUND);
}

// The first step that has something to say ends the check.
#define TRY(step)               \
    do {                        \
        const char *why = step; \
        if (why) return why;    \
    } while (0)

static const char *authenticate(void) {
    if (!setting("MEMCACHIER_USERNAME")) return skip("this server offers no MEMCACHIER_USERNAME");
    TRY(wants("set", set_for(client, KEY "expiry", "soon gone", kExpirySeconds),
              MEMCACHED_SUCCESS));
    expiring_since = now();
    return holds(client, KEY "expiry", "soon gone");
}

static const char *set(void) {
    TRY(stores(KEY "a", "value a"));
    TRY(stores(KEY "b", "value b"));
    return stores(KEY "empty", "");
}

static const char *get(void) {
    TRY(holds(client, KEY "a", "value a"));
    TRY(holds(client, KEY "empty", ""));
    return misses(KEY "missing");
}

static const char *multi_get(void) {
    const char *keys[] = {KEY "a", KEY "missing", KEY "b"};
    size_t lengths[] = {strlen(keys[0]), strlen(keys[1]), strlen(keys[2])};
    TRY(wants("mget", memcached_mget(client, keys, lengths, 3), MEMCACHED_SUCCESS));
    int found = 0;
    memcached_return_t result = MEMCACHED_SUCCESS;
    for (memcached_result_st *item; (item = memcached_fetch_result(client, NULL, &result));) {
        const char *value = memcached_result_value(item);
        size_t length = memcached_result_length(item);
        found += length == 7 && (!memcmp(value, "value a", 7) || !memcmp(value, "value b", 7));
        memcached_result_free(item);
    }
    return found == 2 ? NULL : "not two values came back";
}

static const char *cas(void) {
    const char *key = KEY "a";
    size_t length = strlen(key);
    TRY(wants("mget", memcached_mget(client, &key, &length, 1), MEMCACHED_SUCCESS));
    memcached_return_t result = MEMCACHED_FAILURE;
    memcached_result_st *item = memcached_fetch_result(client, NULL, &result);
    if (!item) return "nothing came back for cas";
    uint64_t token = memcached_result_cas(item);
    memcached_result_free(item);
    while ((item = memcached_fetch_result(client, NULL, &result))) memcached_result_free(item);
    TRY(wants("cas", memcached_cas(client, key, length, "value a2", 8, 0, 0, token),
              MEMCACHED_SUCCESS));
    TRY(wants("stale cas", memcached_cas(client, key, length, "never", 5, 0, 0, token),
              MEMCACHED_DATA_EXISTS));
    return holds(client, key, "value a2");
}

static const char *counts(memcached_return_t result, uint64_t got, uint64_t wanted) {
    TRY(wants("counter", result, MEMCACHED_SUCCESS));
    if (got == wanted) return NULL;
    snprintf(reason, sizeof reason, "got %lu, wanted %lu", (unsigned long)got,
             (unsigned long)wanted);
    return reason;
}

static const char *incr(void) {
    const char *key = KEY "n";
    uint64_t n = 0;
    memcached_delete(client, key, strlen(key), 0);
    memcached_return_t result =
        memcached_increment_with_initial(client, key, strlen(key), 5, 10, 0, &n);
    TRY(counts(result, n, 10));
    result = memcached_increment(client, key, strlen(key), 5, &n);
    return counts(result, n, 15);
}

static const char *decr(void) {
    const char *key = KEY "n";
    uint64_t n = 0;
    memcached_return_t result = memcached_decrement(client, key, strlen(key), 6, &n);
    TRY(counts(result, n, 9));
    result = memcached_decrement(client, key, strlen(key), 60, &n);
    return counts(result, n, 0);
}

static const char *delete(void) {
    const char *key = KEY "b";
    TRY(wants("delete", memcached_delete(client, key, strlen(key), 0), MEMCACHED_SUCCESS));
    TRY(wants("delete", memcached_delete(client, key, strlen(key), 0), MEMCACHED_NOTFOUND));
    return misses(key);
}

static const char *too_large(void) {
    const char *key = KEY "big";
    char *value = calloc(1, kTooLargeBytes);
    memcached_return_t result =
        memcached_set(client, key, strlen(key), value, kTooLargeBytes, 0, 0);
    free(value);
    TRY(wants("large set", result, MEMCACHED_E2BIG));
    TRY(stores(KEY "after-big", "still here"));
    return holds(client, KEY "after-big", "still here");
}

static const char *read_only(void) {
    const char *username = setting("READONLY_USERNAME");
    if (!username) return skip("this server offers no READONLY_USERNAME");
    memcached_st *reader = open_client(username, getenv("READONLY_PASSWORD"));
    const char *why = holds(reader, KEY "a", "value a2");
    if (!why) {
        why = wants("set", set_for(reader, KEY "a", "written", 0), MEMCACHED_NOTSTORED);
    }
    if (!why) why = holds(reader, KEY "a", "value a2");
    memcached_free(reader);
    return why;
}

static const char *wrong_password(void) {
    const char *wrong = setting("WRONG_PASSWORD");
    if (!wrong) return skip("this server offers no WRONG_PASSWORD");
    memcached_st *stranger = open_client(getenv("MEMCACHIER_USERNAME"), wrong);
    memcached_return_t result = set_for(stranger, KEY "a", "stolen", 0);
    memcached_free(stranger);
    TRY(wants("set", result, MEMCACHED_AUTH_FAILURE));
    return holds(client, KEY "a", "value a2");
}

static const char *expiry(void) {
    pause_seconds(expiring_since + kExpirySeconds + 1.1 - now());
    return misses(KEY "expiry");
}

static const char *restart(void) {
    char answer[32] = "";
    puts("restart");
    fflush(stdout);
    if (!fgets(answer, sizeof answer, stdin) || strcmp(answer, "restarted\n")) {
        return "the harness did not restart the server";
    }
    double deadline = now() + kRecoverySeconds;
    while (set_for(client, KEY "back", "again", 0) != MEMCACHED_SUCCESS) {
        if (now() > deadline) return "not back in time";
        pause_seconds(0.2);
    }
    TRY(holds(client, KEY "back", "again"));
    return misses(KEY "a");
}

int main(void) {
    static const struct {
        const char *name;
        const char *(*run)(void);
    } checks[] = {
        {"authenticate", authenticate}, {"set", set}, {"get", get}, {"multi_get", multi_get},
        {"cas", cas}, {"incr", incr}, {"decr", decr}, {"delete", delete},
        {"too_large", too_large}, {"read_only", read_only}, {"wrong_password", wrong_password},
        {"expiry", expiry}, {"restart", restart},
    };
    bool failed = false;
    client = open_client(setting("MEMCACHIER_USERNAME"), getenv("MEMCACHIER_PASSWORD"));
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        const char *why = checks[i].run();
        bool skipped = why && !strncmp(why, "skip ", 5);
        if (!why) printf("ok %s\n", checks[i].name);
        else if (skipped) printf("skip %s: %s\n", checks[i].name, why + 5);
        else printf("not ok %s: %s\n", checks[i].name, why);
        fflush(stdout);
        failed |= why && !skipped;
    }
    memcached_free(client);
    return failed;
}
