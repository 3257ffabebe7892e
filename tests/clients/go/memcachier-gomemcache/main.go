// The service's fork of gomemcache: ASCII with its login `set USERNAME` + password on every new
// connection, and the long verbs `increment` and `decrement`, which no upstream server knows.
package main

import (
	"os"
	"time"

	"cachery/clients/checks"

	"github.com/memcachier/gomemcache/memcache"
)

func connect(username, password string) store {
	client := memcache.New(os.Getenv("MEMCACHIER_SERVERS"))
	client.Timeout = 5 * time.Second
	client.SetAuth(username, []byte(password))
	return store{client}
}

func authenticate() error {
	if _, err := checks.Setting("MEMCACHIER_USERNAME"); err != nil {
		return err
	}
	return client.Set(checks.Key+"login", "first", 0)
}

var client = connect(os.Getenv("MEMCACHIER_USERNAME"), os.Getenv("MEMCACHIER_PASSWORD"))

func readOnly() (checks.Store, error) {
	name, err := checks.Setting("READONLY_USERNAME")
	return connect(name, os.Getenv("READONLY_PASSWORD")), err
}

func wrongPassword() (checks.Store, error) {
	wrong, err := checks.Setting("WRONG_PASSWORD")
	return connect(os.Getenv("MEMCACHIER_USERNAME"), wrong), err
}

func main() {
	checks.RunStore(client, checks.Ways{Authenticate: authenticate, ReadOnly: readOnly,
		WrongPassword: wrongPassword, TLS: checks.SpeaksNoTLS})
}
