// Counts visits and keeps the answers of a slow query, by bradfitz/gomemcache.
//
// It has no login of its own; its DialContext lets the application send the text login first.

// snippet: connect
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
)

// end snippet

import "net/http"

// snippet: connect
var cache = connect()

func connect() *memcache.Client {
	client := memcache.New(strings.Split(os.Getenv("MEMCACHIER_SERVERS"), ",")...)
	client.Timeout = 750 * time.Millisecond
	client.MaxIdleConns = 16 // the default of 2 opens and closes connections under load
	client.DialContext = dial
	return client
}

// dial opens a connection and logs in on it before anything else is sent.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	connection, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if err := login(connection); err != nil {
		connection.Close()
		return nil, err
	}
	return connection, nil
}

func login(connection net.Conn) error {
	password := os.Getenv("MEMCACHIER_PASSWORD")
	connection.SetDeadline(time.Now().Add(time.Second))
	fmt.Fprintf(connection, "set %s 0 0 %d\r\n%s\r\n",
		os.Getenv("MEMCACHIER_USERNAME"), len(password), password)
	answer, err := bufio.NewReader(connection).ReadString('\n')
	if err == nil && answer != "STORED\r\n" {
		err = fmt.Errorf("login: %q", answer)
	}
	return err
}

// end snippet

// snippet: use
// slowQuery stands in place of your own.
func slowQuery(number int) int {
	return number * number
}

func square(number int) (string, string) {
	key := fmt.Sprintf("square:%d", number)
	if kept, err := cache.Get(key); err == nil {
		return string(kept.Value), "cached"
	} // memcache.ErrCacheMiss or a cache that could not be asked: both are a miss
	answer := strconv.Itoa(slowQuery(number))
	item := &memcache.Item{Key: key, Value: []byte(answer), Expiration: 300}
	if err := cache.Set(item); err != nil {
		log.Printf("not kept: %v", err)
	}
	return answer, "computed"
}

// end snippet

func visits() string {
	// Errors show again in the increment.
	_ = cache.Add(&memcache.Item{Key: "visits", Value: []byte("0")})
	after, err := cache.Increment("visits", 1)
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
