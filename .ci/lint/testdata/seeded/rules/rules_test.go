package rules

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestSleeps(t *testing.T) {
	time.Sleep(time.Second)   // want forbid
	<-time.After(time.Second) // want forbid
	select {
	case <-time.After(time.Second):
	case <-news:
	}
	synctest.Test(t, func(*testing.T) { time.Sleep(time.Second) })
	_ = time.Now()
	switch Event(Rang{}).(type) {
	case Rang:
	}
	switch Red {
	case Red:
	}
}
