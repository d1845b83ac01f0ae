package fmc_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// everyHappening is one of each kind, with what is hardest to write in it.
func everyHappening() []fmc.Happening {
	leg := fmc.LegID{Call: "c1", N: 2}
	busy := cause.Of(cause.Busy)
	return []fmc.Happening{
		fmc.Opened{Began: time.Date(2026, 11, 28, 7, 0, 0, 0, time.UTC), Direction: fmc.Inbound, From: callerid.Number{E164: "+79120000001", Raw: `"},"body":{`}},
		fmc.LegBegan{Leg: leg, Role: fmc.Worker, Employee: "ivanov"},
		fmc.LegIs{Leg: leg, Link: fmc.Gone, Cause: &busy},
		fmc.Planned{Request: json.RawMessage(`{"body":"},"}`), Plan: json.RawMessage(`{}`)},
		fmc.Stepped{Op: "ring"},
		fmc.Keyed{Leg: leg, Keys: "1#*"},
		fmc.Assented{Leg: leg, Assent: fmc.Granted},
		fmc.Announced{Leg: leg, Prompt: "notice"},
		fmc.Talking{Talks: []fmc.Conversation{{Legs: []fmc.LegID{leg}}}},
		fmc.LegHeld{Leg: leg, Held: true, Key: true, By: "ivanov"},
		fmc.TapeIs{State: fmc.TapeReady},
		fmc.TapePaused{Paused: true, Why: "card\nnumber"},
		fmc.Marked{By: "ivanov"},
		fmc.Mailed{Leg: leg, Group: "sales"},
		fmc.Passed{Leg: leg, To: "c2"},
		fmc.Merged{Into: "c2"},
		fmc.Kept{File: "a.wav"},
		fmc.Closed{Cause: busy},
	}
}

func TestAFactIsReadAsItWasWrittenInAnyLayout(t *testing.T) {
	for i, body := range everyHappening() {
		fact := fmc.Fact{Company: "acme", Call: []fmc.CallID{"c1", `odd "call" \ <&>`}[i%2], At: 1500 * time.Millisecond, Body: body}
		written, err := json.Marshal(fact)
		if err != nil {
			t.Fatal(err)
		}
		var spaced bytes.Buffer
		if err := json.Indent(&spaced, written, "", "  "); err != nil {
			t.Fatal(err)
		}
		later := append(bytes.TrimSuffix(bytes.Clone(written), []byte("}")), `,"added":{"by":"a later build"}}`...)
		for _, text := range [][]byte{written, spaced.Bytes(), later} {
			var read fmc.Fact
			if err := read.UnmarshalJSON(text); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			if again, err := json.Marshal(read); err != nil || !bytes.Equal(again, written) || reflect.TypeOf(read.Body) != reflect.TypeOf(body) {
				t.Errorf("%v\nwritten %s\nread    %s", err, written, again)
			}
		}
	}
}

func TestAFactThatCannotBeReadIsAnErrorOfItsKind(t *testing.T) {
	for text, kind := range map[string]cause.Kind{
		``:  cause.Invalid,
		`{`: cause.Invalid,
		`{"v":1,"kind":"closed","company":"a","call":"c","at":1,"body":}`:   cause.Invalid,
		`{"v":1,"kind":"closed","company":"a","call":"c","at":1,"body":{}`:  cause.Invalid,
		`{"v":1,"kind":"closed","company":"a","call":"c","at":1,"body":[]}`: cause.Invalid,
		`{"v":1,"kind":"closed","company":"a","call":"c","at":x,"body":{}}`: cause.Invalid,
		`{"v":2,"kind":"closed","company":"a","call":"c","at":1,"body":{}}`: cause.Unsupported,
		`{"v":1,"kind":"danced","company":"a","call":"c","at":1,"body":{}}`: cause.Unsupported,
	} {
		var f fmc.Fact
		if err := f.UnmarshalJSON([]byte(text)); !errors.Is(err, kind) {
			t.Errorf("%s: %v, want %v", text, err, kind)
		}
	}
}
