package smpp

import (
	"testing"
	"time"

	"github.com/fiorix/go-smpp/smpp/pdu"

	"roadline/fmc"
	"roadline/fmc/cause"
)

func TestPartsThatWereRefusedForNowGoInTheirOrder(t *testing.T) {
	now := time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)
	q := newQueue()
	for _, id := range []fmc.MessageID{"first", "second", "third"} {
		q.add(&outgoing{MessageRecord: fmc.FoldMessage([]fmc.Fact{{
			Company: "acme", Message: id, Body: fmc.MessageAccepted{At: now, Until: now.Add(time.Hour), PDUs: []string{"00"}},
		}})})
	}
	refused, _, _ := q.take(now, 2)
	for _, p := range refused {
		q.change(func() { p.Parts[0].Again = now.Add(time.Second) })
		q.delay(p)
	}
	if parts, _, when := q.take(now, 1); len(parts) != 1 || parts[0].ID != "third" || !when.Equal(now.Add(time.Second)) {
		t.Errorf("meanwhile there go %v, and then at %v", ids(parts), when)
	} else {
		q.back(parts)
	}
	if parts, _, _ := q.take(now.Add(time.Second), 9); len(parts) != 3 || parts[0].ID != "first" || parts[1].ID != "second" {
		t.Errorf("then there go %v", ids(parts))
	}
}

func ids(parts []part) (all []fmc.MessageID) {
	for _, p := range parts {
		all = append(all, p.ID)
	}
	return all
}

func TestAProgramIsToldWhyItsMessageIsRefused(t *testing.T) {
	for kind, want := range map[cause.Kind]pdu.Status{
		cause.NotFound: statusSource, cause.Invalid: statusDest, cause.NoRoom: statusQueueFull, cause.Unavailable: statusSystem, cause.Denied: statusSubmit,
	} {
		if got := statusOf(cause.Errorf(kind, "refused")); got != want {
			t.Errorf("%v is answered %v, not %v", kind, got, want)
		}
	}
}
