// The service's own Go client: binary protocol with SASL PLAIN.
package main

import (
	"os"
	"time"

	"cachery/clients/checks"

	"github.com/memcachier/mc/v3"
)

func connect(username, password string) *mc.Client {
	config := mc.DefaultConfig()
	config.ConnectionTimeout = 5 * time.Second
	config.DownRetryDelay = time.Second
	return mc.NewMCwithConfig(os.Getenv("MEMCACHIER_SERVERS"), username, password, config)
}

var client = connect(os.Getenv("MEMCACHIER_USERNAME"), os.Getenv("MEMCACHIER_PASSWORD"))
var expiringSince time.Time

func set(name, value string) func() error {
	return func() error {
		_, err := client.Set(checks.Key+name, value, 0, 0, 0)
		return err
	}
}

func holds(from *mc.Client, name, wanted string) func() error {
	return func() error {
		value, _, _, err := from.Get(checks.Key + name)
		return checks.Equal(value, err, wanted)
	}
}

func misses(name string) func() error {
	return func() error {
		_, _, _, err := client.Get(checks.Key + name)
		return checks.Fails(err, mc.ErrNotFound)
	}
}

func authenticate() error {
	if _, err := checks.Setting("MEMCACHIER_USERNAME"); err != nil {
		return err
	}
	_, err := client.Set(checks.Key+"expiry", "soon gone", 0, checks.ExpirySeconds, 0)
	expiringSince = time.Now()
	if err != nil {
		return err
	}
	return holds(client, "expiry", "soon gone")()
}

func cas() error {
	_, _, token, err := client.Get(checks.Key + "a")
	if err != nil {
		return err
	}
	if _, err = client.Set(checks.Key+"a", "value a2", 0, 0, token); err != nil {
		return err
	}
	_, err = client.Set(checks.Key+"a", "never", 0, 0, token)
	return checks.All(
		func() error { return checks.Fails(err, mc.ErrKeyExists) },
		holds(client, "a", "value a2"))
}

func count(step func() (uint64, uint64, error), wanted uint64) func() error {
	return func() error {
		n, _, err := step()
		return checks.Equal(n, err, wanted)
	}
}

func incr() error {
	_ = client.Del(checks.Key + "n")
	add := func() (uint64, uint64, error) { return client.Incr(checks.Key+"n", 5, 10, 0, 0) }
	return checks.All(count(add, 10), count(add, 15))
}

func decr() error {
	return checks.All(
		count(func() (uint64, uint64, error) {
			return client.Decr(checks.Key+"n", 6, 0, 0, 0)
		}, 9),
		count(func() (uint64, uint64, error) {
			return client.Decr(checks.Key+"n", 60, 0, 0, 0)
		}, 0))
}

func tooLarge() error {
	_, err := client.Set(checks.Key+"big", string(checks.TooLarge()), 0, 0, 0)
	return checks.All(
		func() error { return checks.Fails(err, mc.ErrValueTooLarge) },
		set("after-big", "still here"), holds(client, "after-big", "still here"))
}

func readOnly() error {
	username, err := checks.Setting("READONLY_USERNAME")
	if err != nil {
		return err
	}
	reader := connect(username, os.Getenv("READONLY_PASSWORD"))
	defer reader.Quit()
	_, err = reader.Set(checks.Key+"a", "written", 0, 0, 0)
	return checks.All(
		func() error { return checks.Fails(err, mc.ErrValueNotStored) },
		holds(reader, "a", "value a2"))
}

func wrongPassword() error {
	wrong, err := checks.Setting("WRONG_PASSWORD")
	if err != nil {
		return err
	}
	stranger := connect(os.Getenv("MEMCACHIER_USERNAME"), wrong)
	_, err = stranger.Set(checks.Key+"a", "stolen", 0, 0, 0)
	return checks.All(
		func() error { return checks.Fails(err) },
		holds(client, "a", "value a2"))
}

func restart() error {
	return checks.All(
		checks.AskForRestart,
		func() error { return checks.WaitUntilBack(set("back", "again")) },
		holds(client, "back", "again"), misses("a"))
}

func main() {
	checks.Run([]checks.Check{
		{Name: "authenticate", Run: authenticate},
		{Name: "set", Run: func() error {
			return checks.All(set("a", "value a"), set("b", "value b"), set("empty", ""))
		}},
		{Name: "get", Run: func() error {
			return checks.All(holds(client, "a", "value a"), holds(client, "empty", ""),
				misses("missing"))
		}},
		{Name: "multi_get", Run: func() error { return checks.Skip("the client has no multi-get") }},
		{Name: "cas", Run: cas},
		{Name: "incr", Run: incr},
		{Name: "decr", Run: decr},
		{Name: "delete", Run: func() error {
			return checks.All(func() error { return client.Del(checks.Key + "b") }, misses("b"))
		}},
		{Name: "too_large", Run: tooLarge},
		{Name: "read_only", Run: readOnly},
		{Name: "wrong_password", Run: wrongPassword},
		{Name: "expiry", Run: func() error {
			checks.WaitForExpiry(expiringSince)
			return misses("expiry")()
		}},
		{Name: "restart", Run: restart},
	})
}
