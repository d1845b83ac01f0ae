package fmc_test

import (
	"testing"
	"time"

	"roadline/fmc"
)

func TestAMessageIsHeardUnderItsCallAndWhenItBegan(t *testing.T) {
	p := fmc.MessagePrompt("c-1", 12345*time.Millisecond+time.Microsecond)
	if p != "message/c-1/12345" {
		t.Fatal(p)
	}
	if call, from, ok := p.Message(); !ok || call != "c-1" || from != 12345*time.Millisecond {
		t.Error(call, from, ok)
	}
	for _, other := range []fmc.PromptID{"", "welcome", "message/", "message/c", "message/c/", "message/c/x", "message/c/-1", "message//1", "message/c/9223372036854775807", "xmessage/c/1"} {
		if call, from, ok := other.Message(); ok {
			t.Errorf("%q is message %s at %s", other, call, from)
		}
	}
}
