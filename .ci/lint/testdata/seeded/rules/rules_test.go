package rules

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestSleeps(t *testing.T) {
	time.Sleep(time.Second)   // want forbid
	select {
	case <-time.After(time.Second):
	case <-news:
	}
	synctest.Test(t, func(*testing.T) {
		time.Sleep(time.Second)
		pass()
	})
	_ = time.Now()
	switch Event(Rang{}).(type) {
	case Rang:
	}
	switch Red {
	case Red:
	}
}

// pass is called from within a bubble.
func pass() { <-time.After(time.Second) }
