package checks

import (
	"errors"
	"fmt"
	"time"
)

// Store is what the checks of the two gomemcache forks need of either.
type Store interface {
	Set(key, value string, seconds int32) error
	Get(key string) (string, error)
	GetMulti(keys []string) (map[string]string, error)
	// Change gets the item, lets something happen between, then swaps in the value by its cas.
	Change(key string, between func(), value string) error
	Incr(key string, by uint64) (uint64, error)
	Decr(key string, by uint64) (uint64, error)
	Delete(key string) error
}

var (
	ErrMiss     = errors.New("cache miss")
	ErrConflict = errors.New("cas conflict")
)

// Entry opens a second store: one that may only read, or one with a wrong password.
type Entry func() (Store, error)

type storeRun struct {
	store         Store
	expiringSince time.Time
}

func (r *storeRun) set(name, value string) func() error {
	return func() error { return r.store.Set(Key+name, value, 0) }
}

func holds(store Store, name, wanted string) func() error {
	return func() error {
		value, err := store.Get(Key + name)
		return Equal(value, err, wanted)
	}
}

func (r *storeRun) misses(name string) func() error {
	return func() error {
		_, err := r.store.Get(Key + name)
		return Fails(err, ErrMiss)
	}
}

func (r *storeRun) setAll() error {
	err := r.store.Set(Key+"expiry", "soon gone", ExpirySeconds)
	r.expiringSince = time.Now()
	if err != nil {
		return err
	}
	return All(holds(r.store, "expiry", "soon gone"), r.set("a", "value a"), r.set("b", "value b"),
		r.set("empty", ""))
}

func (r *storeRun) multiGet() error {
	values, err := r.store.GetMulti([]string{Key + "a", Key + "missing", Key + "b"})
	wanted := map[string]string{Key + "a": "value a", Key + "b": "value b"}
	return Equal(fmt.Sprint(values), err, fmt.Sprint(wanted))
}

func (r *storeRun) cas() error {
	between := func() { _ = r.store.Set(Key+"a", "value a3", 0) }
	return All(
		func() error { return r.store.Change(Key+"a", func() {}, "value a2") },
		holds(r.store, "a", "value a2"),
		func() error { return Fails(r.store.Change(Key+"a", between, "never"), ErrConflict) },
		holds(r.store, "a", "value a3"))
}

func count(step func(string, uint64) (uint64, error), by, wanted uint64) func() error {
	return func() error {
		n, err := step(Key+"n", by)
		return Equal(n, err, wanted)
	}
}

func (r *storeRun) tooLarge() error {
	return All(
		func() error { return Fails(r.store.Set(Key+"big", string(TooLarge()), 0)) },
		r.set("after-big", "still here"), holds(r.store, "after-big", "still here"))
}

func (r *storeRun) readOnly(open Entry) error {
	reader, err := open()
	if err != nil {
		return err
	}
	return All(holds(reader, "a", "value a3"),
		func() error { return Fails(reader.Set(Key+"a", "written", 0)) },
		holds(reader, "a", "value a3"))
}

func (r *storeRun) wrongPassword(open Entry) error {
	stranger, err := open()
	if err != nil {
		return err
	}
	return All(func() error { return Fails(stranger.Set(Key+"a", "stolen", 0)) },
		holds(r.store, "a", "value a3"))
}

func (r *storeRun) overTLS(open Entry) error {
	secured, err := open()
	if err != nil {
		return err
	}
	return All(func() error { return secured.Set(Key+"tls", "over tls", 0) },
		holds(r.store, "tls", "over tls"))
}

func (r *storeRun) restart() error {
	return All(AskForRestart, func() error { return WaitUntilBack(r.set("back", "again")) },
		holds(r.store, "back", "again"), r.misses("a"))
}

// Ways are the other ways in that a client has.
type Ways struct {
	Authenticate                 func() error
	ReadOnly, WrongPassword, TLS Entry
}

// SpeaksNoTLS is the way of a client that cannot.
func SpeaksNoTLS() (Store, error) { return nil, Skip("the client speaks no TLS") }

// RunStore runs every check on a store and ends the program.
func RunStore(store Store, ways Ways) {
	r := &storeRun{store: store}
	Run([]Check{
		{"authenticate", ways.Authenticate},
		{"set", r.setAll},
		{"get", func() error {
			return All(holds(store, "a", "value a"), holds(store, "empty", ""),
				r.misses("missing"))
		}},
		{"multi_get", r.multiGet},
		{"cas", r.cas},
		{"incr", func() error { return All(r.set("n", "10"), count(store.Incr, 5, 15)) }},
		{"decr", func() error { return All(count(store.Decr, 6, 9), count(store.Decr, 60, 0)) }},
		{"delete", func() error {
			return All(func() error { return store.Delete(Key + "b") }, r.misses("b"))
		}},
		{"too_large", r.tooLarge},
		{"read_only", func() error { return r.readOnly(ways.ReadOnly) }},
		{"wrong_password", func() error { return r.wrongPassword(ways.WrongPassword) }},
		{"tls", func() error { return r.overTLS(ways.TLS) }},
		{"expiry", func() error { WaitForExpiry(r.expiringSince); return r.misses("expiry")() }},
		{"restart", r.restart},
	})
}
