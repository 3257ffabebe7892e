// bradfitz/gomemcache: ASCII, no login of its own. With a username the program logs each new
// connection in through DialContext, as applications of the service do with its ASCII form
// `set USERNAME 0 0 BYTES` + password; without one it is let in by the port it connects to.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"time"

	"cachery/clients/checks"

	"github.com/bradfitz/gomemcache/memcache"
)

func login(connection net.Conn, username, password string) error {
	fmt.Fprintf(connection, "set %s 0 0 %d\r\n%s\r\n", username, len(password), password)
	line, err := bufio.NewReaderSize(connection, 64).ReadString('\n')
	return checks.Equal(line, err, "STORED\r\n")
}

type dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

func connect(server, username, password string, by dialer) *memcache.Client {
	client := memcache.New(server)
	client.Timeout = 5 * time.Second
	client.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		connection, err := by.DialContext(ctx, network, address)
		if err != nil || username == "" {
			return connection, err
		}
		_ = connection.SetDeadline(time.Now().Add(client.Timeout))
		if err = login(connection, username, password); err != nil {
			connection.Close()
			return nil, err
		}
		return connection, nil
	}
	return client
}

var server = os.Getenv("MEMCACHIER_SERVERS")
var username = os.Getenv("MEMCACHIER_USERNAME")
var password = os.Getenv("MEMCACHIER_PASSWORD")
var plain = &net.Dialer{}
var client = connect(server, username, password, plain)

func authenticate() error {
	if username == "" {
		return checks.CannotAuthenticate()
	}
	return client.Ping()
}

func readOnly() (checks.Store, error) {
	if username == "" {
		address, err := checks.Setting("READONLY_SERVERS")
		return store{connect(address, "", "", plain)}, err
	}
	name, err := checks.Setting("READONLY_USERNAME")
	return store{connect(server, name, os.Getenv("READONLY_PASSWORD"), plain)}, err
}

func wrongPassword() (checks.Store, error) {
	if username == "" {
		return nil, checks.CannotAuthenticate()
	}
	wrong, err := checks.Setting("WRONG_PASSWORD")
	return store{connect(server, username, wrong, plain)}, err
}

func overTLS() (checks.Store, error) {
	address, err := checks.Setting("NATIVE_TLS_SERVERS")
	if err != nil {
		return nil, err
	}
	authority, err := os.ReadFile(os.Getenv("TLS_CA"))
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(authority)
	return store{connect(address, username, password,
		&tls.Dialer{Config: &tls.Config{RootCAs: trusted}})}, err
}

func main() {
	checks.RunStore(store{client}, checks.Ways{Authenticate: authenticate, ReadOnly: readOnly,
		WrongPassword: wrongPassword, TLS: overTLS})
}
