// Package checks is what the Go clients share: naming a check, printing its outcome, asking for
// a restart. Twin of python/checks.py; the lines are read by tests/clients/run.
package checks

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"time"
)

const (
	Key             = "cachery-check-"
	ExpirySeconds   = 2
	recoverySeconds = 20
)

// Check is one named claim; a nil error means that it holds.
type Check struct {
	Name string
	Run  func() error
}

// Skip is the error of a check that has no meaning here; its text is the reason.
type Skip string

func (why Skip) Error() string { return string(why) }

// CannotAuthenticate is how a client without a login answers the checks of logins.
func CannotAuthenticate() error { return Skip("the client cannot authenticate") }

// Setting reads a variable that this world may not offer; empty counts as absent.
func Setting(name string) (string, error) {
	if value := os.Getenv(name); value != "" {
		return value, nil
	}
	return "", Skip("this server offers no " + name)
}

// TooLarge is a value that no server takes and no client can compress to fit.
func TooLarge() []byte {
	value := make([]byte, 1<<20+1)
	if _, err := rand.Read(value); err != nil {
		panic(err)
	}
	return value
}

// Equal compares what a client answered with what it should have; an error of the client wins.
func Equal[T comparable](actual T, err error, wanted T) error {
	if err != nil {
		return err
	}
	if actual != wanted {
		return fmt.Errorf("got %.80v, wanted %.80v", actual, wanted)
	}
	return nil
}

// Fails is satisfied when the client answered with an error, with one of these when any is named.
func Fails(err error, wanted ...error) error {
	if err == nil {
		return fmt.Errorf("succeeded, an error was wanted")
	}
	for _, each := range wanted {
		if err == each {
			return nil
		}
	}
	if len(wanted) > 0 {
		return fmt.Errorf("got %v, wanted %v", err, wanted)
	}
	return nil
}

// All runs the steps in order up to the first that fails.
func All(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// Run prints one line a check and ends the program.
func Run(list []Check) {
	code := 0
	for _, check := range list {
		err := check.Run()
		if why, is := err.(Skip); is {
			fmt.Printf("skip %s: %s\n", check.Name, why)
		} else if err != nil {
			fmt.Printf("not ok %s: %s\n", check.Name, strings.ReplaceAll(err.Error(), "\n", " "))
			code = 1
		} else {
			fmt.Printf("ok %s\n", check.Name)
		}
	}
	os.Exit(code)
}

// WaitForExpiry is the one real wait of a program: what was set at since is gone after it.
func WaitForExpiry(since time.Time) {
	time.Sleep(time.Until(since.Add(ExpirySeconds*time.Second + 1100*time.Millisecond)))
}

var answers = bufio.NewReader(os.Stdin)

// AskForRestart returns once the harness has restarted the server on the same port.
func AskForRestart() error {
	fmt.Println("restart")
	line, err := answers.ReadString('\n')
	return Equal(strings.TrimSpace(line), err, "restarted")
}

// WaitUntilBack tries until the client has recovered; how long it sulks is its own business.
func WaitUntilBack(works func() error) error {
	deadline := time.Now().Add(recoverySeconds * time.Second)
	for {
		err := works()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not back after %d s: %w", recoverySeconds, err)
		}
		time.Sleep(200 * time.Millisecond)
	}
}
