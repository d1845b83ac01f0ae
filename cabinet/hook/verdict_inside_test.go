package hook

import (
	"net/netip"
	"testing"
	"time"

	"roadline/store"
)

func TestTheScheduleIsThatOfStandardWebhooks(t *testing.T) {
	first := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	e, c, now := store.WaitingEvent{N: 1}, store.WebhookClaim{}, first
	for i, want := range []time.Duration{
		5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
	} {
		v := judge(c, e, answer{Try: store.Try{Why: "no"}}, now, 0.5)
		if got := v.Due.Sub(now); got != want || v.State != store.DeliveryWaiting {
			t.Errorf("after try %d: %v, want %v", i+1, got, want)
		}
		e.First, e.Tries, c.Failing, c.Fails, now = &v.First, i+1, v.Failing, v.Fails, v.Due
	}
	v := judge(c, e, answer{Try: store.Try{Why: "no"}}, now, 0.5)
	if v.State != store.DeliveryFailed || v.Off == "" {
		t.Errorf("after the last try: %+v", v)
	}
	c.Failing = &now
	if v := judge(c, e, answer{Try: store.Try{Why: "no"}}, now, 0.5); v.State != store.DeliveryFailed || v.Off != "" {
		t.Errorf("where others were taken meanwhile: %+v", v)
	}
}

func TestAnOutageOfOurOwnIsNotTakenForTheReceivers(t *testing.T) {
	first := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	back := first.Add(5 * 24 * time.Hour) // the node was off since the second try
	c, e := store.WebhookClaim{Failing: &first, Fails: 2}, store.WaitingEvent{N: 1, First: &first, Tries: 2}
	for tries, now := 3, back; tries < 10; tries++ {
		v := judge(c, e, answer{Try: store.Try{Why: "no"}}, now, 0.5)
		if v.State != store.DeliveryWaiting || v.Off != "" || v.Due.Sub(now) != schedule[tries] {
			t.Fatalf("after try %d: %+v", tries, v)
		}
		e.Tries, c.Fails, now = tries, v.Fails, v.Due
	}
	if v := judge(c, e, answer{Try: store.Try{Why: "no"}}, back.Add(4*24*time.Hour), 0.5); v.State != store.DeliveryFailed || v.Off == "" {
		t.Errorf("after the last try: %+v", v)
	}
}

func TestWaitsDifferByChance(t *testing.T) {
	for jitter, want := range map[float64]time.Duration{0: 80 * time.Second, 0.5: 100 * time.Second, 1: 120 * time.Second} {
		if got := shaken(100*time.Second, jitter); got != want {
			t.Errorf("%v: %v, want %v", jitter, got, want)
		}
	}
}

func TestWhoeverIsAwayIsAskedMoreAndMoreRarely(t *testing.T) {
	for away, want := range map[time.Duration]time.Duration{0: 5 * time.Second, time.Minute: 30 * time.Second, time.Hour: 5 * time.Minute} {
		if got := restFor(away, 0.5); got != want {
			t.Errorf("away for %v: %v, want %v", away, got, want)
		}
	}
}

func TestRetryAfterIsSecondsOrAMoment(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "120": 2 * time.Minute, "-1": 0, "soon": 0, "99999999999999999999": 0,
		"Sat, 28 Nov 2026 12:01:00 GMT": time.Minute, "Sat, 28 Nov 2026 11:00:00 GMT": 0,
	} {
		if got := retryAfter(text, now); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestAddressesInsideAreKnown(t *testing.T) {
	for text, want := range map[string]bool{
		"127.0.0.1": true, "10.1.2.3": true, "172.16.0.1": true, "192.168.1.1": true, "169.254.169.254": true, "100.64.0.1": true, "0.0.0.0": true,
		"224.0.0.1": true, "255.255.255.255": true, "198.18.0.1": true, "::1": true, "::": true, "fe80::1": true, "fd00::1": true, "ff02::1": true,
		"::ffff:127.0.0.1": true, "64:ff9b::7f00:1": true, "2002:7f00:1::": true, "::127.0.0.1": true, "fec0::1": true,
		"8.8.8.8": false, "93.184.216.34": false, "172.32.0.1": false, "2606:4700::1111": false, "::ffff:8.8.8.8": false,
	} {
		if got := isInside(netip.MustParseAddr(text).Unmap()); got != want {
			t.Errorf("%s inside: %v", text, got)
		}
	}
}

func TestAddressesOfReceiversAreChecked(t *testing.T) {
	strict, open := Guard{}, Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	for url, want := range map[string][2]bool{
		"https://crm.example/hook?key=1": {true, true}, "http://crm.example": {false, true}, "https://127.0.0.1:8443/x": {false, true},
		"https://[::1]/": {false, false}, "https://[::ffff:10.0.0.1]/": {false, false}, "https://10.0.0.1": {false, false},
		"ftp://crm.example": {false, false}, "crm.example": {false, false}, "": {false, false}, "https://": {false, false},
		"https://name:word@crm.example": {false, false}, "https://crm.example/#x": {false, false}, " https://crm.example": {false, false},
		"javascript:alert(1)": {false, false}, "https://a\x00b": {false, false}, `https://"><b>/`: {false, false}, "https://пример.рф/": {true, true},
	} {
		if got := [2]bool{strict.Check(url) == nil, open.Check(url) == nil}; got != want {
			t.Errorf("%q: %v, want %v", url, got, want)
		}
	}
}
