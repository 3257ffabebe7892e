package main

import (
	"cachery/clients/checks"

	"github.com/memcachier/gomemcache/memcache"
)

// store shows this client to the checks that both forks of gomemcache share.
type store struct{ client *memcache.Client }

func (s store) Set(key, value string, seconds int32) error {
	return s.client.Set(&memcache.Item{Key: key, Value: []byte(value), Expiration: seconds})
}

func (s store) Get(key string) (string, error) {
	item, err := s.client.Get(key)
	if err != nil {
		return "", translate(err)
	}
	return string(item.Value), nil
}

func (s store) GetMulti(keys []string) (map[string]string, error) {
	items, err := s.client.GetMulti(keys)
	values := map[string]string{}
	for key, item := range items {
		values[key] = string(item.Value)
	}
	return values, err
}

func (s store) Change(key string, between func(), value string) error {
	item, err := s.client.Get(key)
	if err != nil {
		return err
	}
	between()
	item.Value = []byte(value)
	return translate(s.client.CompareAndSwap(item))
}

func (s store) Incr(key string, by uint64) (uint64, error) {
	return s.client.Increment(key, by)
}

func (s store) Decr(key string, by uint64) (uint64, error) {
	return s.client.Decrement(key, by)
}

func (s store) Delete(key string) error { return translate(s.client.Delete(key)) }

func translate(err error) error {
	switch err {
	case memcache.ErrCacheMiss:
		return checks.ErrMiss
	case memcache.ErrCASConflict:
		return checks.ErrConflict
	}
	return err
}
