// Counts visits and keeps the answers of a slow query, by memcachier/mc.

// snippet: connect
package main

import (
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	"github.com/memcachier/mc/v3"
)

// end snippet

import (
	"net/http"
	"strings"
)

// snippet: connect
var cache = connect()

func connect() *mc.Client {
	config := mc.DefaultConfig() // with fail-over to the other servers
	config.Retries = 2
	config.RetryDelay = 100 * time.Millisecond
	config.ConnectionTimeout = time.Second
	config.DownRetryDelay = 5 * time.Second // how long a server that is down is left alone
	config.PoolSize = 4                     // connections a server
	return mc.NewMCwithConfig(
		os.Getenv("MEMCACHIER_SERVERS"), // commas between several are fine
		os.Getenv("MEMCACHIER_USERNAME"),
		os.Getenv("MEMCACHIER_PASSWORD"),
		config)
}

// end snippet

// snippet: use
// slowQuery stands in place of your own.
func slowQuery(number int) int {
	return number * number
}

func square(number int) (string, string) {
	key := fmt.Sprintf("square:%d", number)
	if kept, _, _, err := cache.Get(key); err == nil {
		return kept, "cached"
	} // mc.ErrNotFound or a cache that could not be asked: both are a miss
	answer := strconv.Itoa(slowQuery(number))
	if _, err := cache.Set(key, answer, 0, 300, 0); err != nil {
		log.Printf("not kept: %v", err)
	}
	return answer, "computed"
}

// end snippet

func visits() string {
	after, _, err := cache.Incr("visits", 1, 1, 0, 0)
	if err != nil {
		return "unknown"
	}
	return strconv.FormatUint(after, 10)
}

func page(path string) (string, bool) {
	if path == "/" {
		return "visits " + visits(), true
	}
	if number, err := strconv.Atoi(strings.TrimPrefix(path, "/square/")); err == nil {
		answer, source := square(number)
		return answer + " " + source, true
	}
	return "", false
}

func main() {
	http.HandleFunc("/", func(answer http.ResponseWriter, request *http.Request) {
		if text, found := page(request.URL.Path); found {
			fmt.Fprint(answer, text)
		} else {
			http.NotFound(answer, request)
		}
	})
	port := os.Getenv("PORT")
	if port == "" {
		port = "8000"
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:"+port, nil))
}
