/* Counts visits and keeps the answers of a slow query, by libmemcached.
 * One thread answers one request after the other: a memcached_st is for one thread at a time,
 * memcached_pool (libmemcached-util) lends them to several. */
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* snippet: connect */
#include <inttypes.h>
#include <libmemcached/memcached.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static const char* setting(const char* name, const char* otherwise) {
  const char* value = getenv(name);
  return value && *value ? value : otherwise;
}

static memcached_st* connect_cache(void) {
  memcached_st* cache = memcached_create(NULL);
  memcached_behavior_set(cache, MEMCACHED_BEHAVIOR_BINARY_PROTOCOL, 1);
  memcached_behavior_set(cache, MEMCACHED_BEHAVIOR_TCP_NODELAY, 1);
  memcached_behavior_set(cache, MEMCACHED_BEHAVIOR_NO_BLOCK, 1);
  memcached_behavior_set(cache, MEMCACHED_BEHAVIOR_CONNECT_TIMEOUT, 1000); /* ms */
  memcached_behavior_set(cache, MEMCACHED_BEHAVIOR_POLL_TIMEOUT, 1000);    /* ms */
  memcached_behavior_set(cache, MEMCACHED_BEHAVIOR_SND_TIMEOUT, 750000);   /* us */
  memcached_behavior_set(cache, MEMCACHED_BEHAVIOR_RCV_TIMEOUT, 750000);   /* us */
  memcached_behavior_set(cache, MEMCACHED_BEHAVIOR_KETAMA, 1);
  memcached_behavior_set(cache, MEMCACHED_BEHAVIOR_REMOVE_FAILED_SERVERS, 1);
  memcached_behavior_set(cache, MEMCACHED_BEHAVIOR_RETRY_TIMEOUT, 2); /* s */
  memcached_behavior_set(cache, MEMCACHED_BEHAVIOR_DEAD_TIMEOUT, 10); /* s */
  memcached_set_sasl_auth_data(cache, setting("MEMCACHIER_USERNAME", "any"),
                               setting("MEMCACHIER_PASSWORD", "any"));
  memcached_server_st* servers =
      memcached_servers_parse(setting("MEMCACHIER_SERVERS", "127.0.0.1:11211"));
  memcached_server_push(cache, servers);
  memcached_server_list_free(servers);
  return cache;
}
/* end snippet */

/* snippet: use */
/* In place of your own. */
static uint64_t slow_query(uint64_t number) { return number * number; }

static void square(memcached_st* cache, uint64_t number, char* page, size_t page_bytes) {
  char key[40];
  int key_bytes = snprintf(key, sizeof key, "square:%" PRIu64, number);
  size_t kept_bytes = 0;
  uint32_t flags = 0;
  memcached_return_t code = MEMCACHED_SUCCESS;
  char* kept = memcached_get(cache, key, (size_t)key_bytes, &kept_bytes, &flags, &code);
  if (kept) {
    snprintf(page, page_bytes, "%.*s cached", (int)kept_bytes, kept);
    free(kept);
    return;
  } /* MEMCACHED_NOTFOUND, or the cache could not be asked: both are a miss */
  char answer[24];
  int answer_bytes = snprintf(answer, sizeof answer, "%" PRIu64, slow_query(number));
  memcached_set(cache, key, (size_t)key_bytes, answer, (size_t)answer_bytes, 300, 0);
  snprintf(page, page_bytes, "%s computed", answer);
}
/* end snippet */

static void visits(memcached_st* cache, char* page, size_t page_bytes) {
  uint64_t after = 0;
  memcached_return_t code =
      memcached_increment_with_initial(cache, "visits", 6, 1, 1, 0, &after);
  if (code == MEMCACHED_SUCCESS)
    snprintf(page, page_bytes, "visits %" PRIu64, after);
  else
    snprintf(page, page_bytes, "visits unknown");
}

static void answer(memcached_st* cache, int peer) {
  char request[2048], page[128] = "not found", reply[512];
  ssize_t request_bytes = read(peer, request, sizeof request - 1);
  request[request_bytes > 0 ? request_bytes : 0] = 0;
  uint64_t number = 0;
  int found = 1;
  if (sscanf(request, "GET /square/%" SCNu64, &number) == 1)
    square(cache, number, page, sizeof page);
  else if (strncmp(request, "GET / ", 6) == 0)
    visits(cache, page, sizeof page);
  else
    found = 0;
  int reply_bytes =
      snprintf(reply, sizeof reply,
               "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n%s\n",
               found ? "200 OK" : "404 Not Found", page);
  if (write(peer, reply, (size_t)reply_bytes) < 0) perror("write");
  close(peer);
}

int main(void) {
  signal(SIGPIPE, SIG_IGN); /* libmemcached writes to sockets that may be closed */
  memcached_st* cache = connect_cache();
  int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)atoi(setting("PORT", "8000"))),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(listener, (struct sockaddr*)&address, sizeof address) != 0 ||
      listen(listener, 16) != 0) {
    perror("listen");
    return 1;
  }
  for (;;) {
    int peer = accept(listener, NULL, NULL);
    if (peer >= 0) answer(cache, peer);
  }
}
