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
	busy, zero := cause.Of(cause.Busy), 0
	noon := time.Date(2026, 11, 28, 12, 0, 0, 123456789, time.UTC)
	return []fmc.Happening{
		fmc.Opened{Began: time.Date(2026, 11, 28, 7, 0, 0, 0, time.UTC), Direction: fmc.Inbound, From: callerid.Number{E164: "+79120000001", Raw: `"},"body":{`}},
		fmc.LegBegan{Leg: leg, Role: fmc.Worker, Employee: "ivanov"},
		fmc.LegIs{Leg: leg, Link: fmc.Gone, Cause: &busy, Quality: &fmc.LegQuality{Setup: 1500 * time.Millisecond, MOS: 389, Heard: time.Second, Spoke: 2 * time.Second, SignalDBm: -71, Lost: 3}},
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
		fmc.MessageCame{At: noon, SIM: "8970", From: `The "Bank"`, Text: "a\x00\u2028\n<&>😀", Ref: 7, Part: 1, Parts: 2, Class: &zero, PDU: "0791", Key: "k"},
		fmc.MessageAccepted{At: noon, SIM: "8970", To: callerid.Number{E164: "+79120000001"}, Text: "здравствуйте", By: "ivanov", Until: noon.Add(time.Hour), Report: true, PDUs: []string{"01", "02"}},
		fmc.MessageTried{At: noon, Part: 1},
		fmc.MessagePassed{At: noon, Part: 1, Reference: 255},
		fmc.MessageRefused{At: noon, Part: 2, Cause: busy, Again: noon.Add(time.Minute)},
		fmc.MessageSettled{At: noon, State: fmc.MessageFailed, Cause: &busy},
		fmc.MessageReported{At: noon, SIM: "8970", To: "79120000001", Reference: 255, Status: 0x41, Done: noon, PDU: "06", Key: "k"},
		fmc.SIMSeen{At: noon, SIM: "8970", Modem: "usb-1.2", State: "quarantined", Why: "it rings with nobody there"},
		fmc.BalanceSeen{At: noon, SIM: "8970", Answer: "Balans: 12,50 r.", Amount: "12.50", Minutes: &zero},
		fmc.TrunkSeen{At: noon, Trunk: "carrier-a", Why: "no answer to OPTIONS"},
		fmc.LimitSeen{At: noon, SIM: "8970", Limit: fmc.LimitTalk, Most: 60, Until: noon.Add(time.Hour)},
		fmc.ForwardingSeen{
			At: noon, SIM: "8970", Asked: fmc.AskedNight, Generation: 7, State: fmc.ForwardingSet, Strange: []string{"+79990000000"},
			Wish: fmc.Forwarding{fmc.ForwardNoReply: {To: "+74951234567", After: 20 * time.Second}}, Left: fmc.Forwarding{fmc.ForwardBusy: {}},
		},
		fmc.ShadowBegan{Shadow: "s1", Night: "2026-11-28", At: noon, From: "8970", To: "8971", Caller: callerid.Number{E164: "+79120000001", Country: "RU"}, Call: true, Text: true},
		fmc.ShadowEnded{
			Shadow: "s1", At: noon, Call: &fmc.ShadowCall{Rang: true, Setup: time.Second, Up: 2 * time.Second, Arrived: "9120000001", There: &fmc.ShadowSound{Heard: true, Level: -13}, Cause: &busy},
			Text: &fmc.ShadowText{Sent: true, Took: time.Second},
		},
		fmc.USSDSeen{At: noon, SIM: "8970", Text: "1 balance\n2 more", Open: true},
	}
}

func TestAFactIsReadAsItWasWrittenInAnyLayout(t *testing.T) {
	for i, body := range everyHappening() {
		fact := fmc.Fact{Company: "acme", Call: []fmc.CallID{"c1", `odd "call" \ <&>`, ""}[i%3], At: 1500 * time.Millisecond, Body: body}
		if fact.Call == "" {
			fact.Message = []fmc.MessageID{"m1", `odd "message" \ <&>`, ""}[i/3%3]
		}
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
			if read.Call != fact.Call || read.Message != fact.Message {
				t.Errorf("%s: of call %q and message %q", text, read.Call, read.Message)
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

// FuzzAFactThatIsReadIsWrittenTheSame begins with one of every kind.
func FuzzAFactThatIsReadIsWrittenTheSame(f *testing.F) {
	for i, body := range everyHappening() {
		b, err := json.Marshal(fmc.Fact{Company: "acme", Call: "c1", Message: []fmc.MessageID{"", "m1"}[i%2], Body: body})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var texts [3][]byte // what is no text is mended by the first writing
		for i := range texts {
			var read fmc.Fact
			err := read.UnmarshalJSON(b)
			if err == nil {
				b, err = read.MarshalJSON()
			}
			if err != nil && i == 0 {
				return
			}
			if err != nil {
				t.Fatalf("%s: %v", b, err)
			}
			texts[i] = b
		}
		if !bytes.Equal(texts[1], texts[2]) {
			t.Fatalf("%s\n%s", texts[1], texts[2])
		}
	})
}
