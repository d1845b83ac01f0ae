package hook

import (
	"fmt"
	"net/http"
	"time"

	"roadline/store"
)

// schedule is after how long each try of an event follows the one before it: of Standard Webhooks 1.0.0.
var schedule = []time.Duration{
	0, 5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

const (
	awayAfter  = 2               // failures, one after another, of which the receiver itself is taken to be the reason
	restLeast  = 5 * time.Second // how long a receiver that is away is left alone
	restMost   = 5 * time.Minute // and at most, where new events come
	askedMost  = time.Hour       // how long a receiver may ask to be left alone
	jitterPart = 0.2             // of a wait: that much longer or shorter, so that not all come at once
	bodyMost   = 1 << 10         // of an answer that is kept
)

// verdict is what follows from a try.
type verdict struct {
	store.Verdict
	rest time.Time // the receiver asks not to be tried before; zero: it does not
}

// judge says what follows from an answer to an event at an instant. A pure function.
func judge(c store.WebhookClaim, e store.WaitingEvent, a answer, at time.Time, jitter float64) verdict {
	first := at
	if e.First != nil {
		first = *e.First
	}
	v := verdict{Verdict: store.Verdict{State: store.DeliveryWaiting, First: first, Due: at, Failing: c.Failing, Fails: c.Fails + 1}}
	if a.Why == "" {
		v.State, v.Woken, v.Failing, v.Fails = store.DeliveryDone, c.Fails >= awayAfter, nil, 0
		return v
	}
	if v.Failing == nil {
		v.Failing = &at
	}
	if a.Status == http.StatusGone { // the event waits, should somebody switch the receiver on again
		v.Off = "It answered 410 Gone: it wants no more events."
		return v
	}
	next, ok := nextTry(first, at, e.Tries+1)
	v.Due = at.Add(shaken(next.Sub(at), jitter))
	if !ok {
		v.State, v.Due = store.DeliveryFailed, at
		if !v.Failing.After(first) {
			v.Off = fmt.Sprintf("It has taken nothing for three days. The last time: %s", a.Why)
		}
		return v
	}
	if a.throttles {
		v.Fails = max(v.Fails, awayAfter)
		wait := shaken(max(min(a.retryAfter, askedMost), restLeast), jitter)
		if a.retryAfter > 0 {
			wait = max(wait, min(a.retryAfter, askedMost)) // never before it asked
		}
		v.rest = at.Add(wait)
	}
	return v
}

// nextTry is the moment of the next try of an event that was tried first and now, so many times; false where it is given
// up. Where the schedule is over, but was not kept to since we were away ourselves, the tries that are left keep their waits.
func nextTry(first, now time.Time, tries int) (time.Time, bool) {
	at := first
	for _, step := range schedule {
		if at = at.Add(step); at.After(now) {
			return at, true
		}
	}
	if tries < len(schedule) {
		return now.Add(schedule[tries]), true
	}
	return now, false
}

// restFor is how long a receiver is left alone that has been away so long: half of that, so that it is soon back after
// minutes and not asked for ever after days.
func restFor(away time.Duration, jitter float64) time.Duration {
	return shaken(min(max(away/2, restLeast), restMost), jitter)
}

// shaken is a wait made longer or shorter by chance, from 0 to 1.
func shaken(d time.Duration, jitter float64) time.Duration {
	return time.Duration(float64(d) * (1 + jitterPart*(2*jitter-1)))
}
