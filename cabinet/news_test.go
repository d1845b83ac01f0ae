package cabinet_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/store"
	"roadline/store/storetest"
)

// reads waits until the events after a number are those of these numbers, and returns them.
func (x *wire) reads(after int64, want ...int64) []store.Event {
	x.t.Helper()
	limit := time.After(20 * time.Second)
	for {
		news, _ := x.news.Next("acme")
		p, err := x.news.Events(x.t.Context(), "acme", after, 100)
		if err != nil {
			x.t.Fatal(err)
		}
		var got []int64
		for _, e := range p.Events {
			got = append(got, e.N)
		}
		if slices.Equal(got, want) {
			return p.Events
		}
		select {
		case <-news:
		case <-limit:
			x.t.Fatalf("after %d there are %v, want %v", after, got, want)
		}
	}
}

func TestEventsThatWentBeforeTheyWereReadShiftNoOther(t *testing.T) {
	server := storetest.NewServer(t)
	x := newWire(t, server.DSN())
	x.reads(0, 1)
	x.happens(trunkEvent("a"), trunkEvent("b"))
	x.reads(1, 2, 3) // from memory now
	x.happens(trunkEvent("c"), trunkEvent("d"), trunkEvent("e"))
	server.Exec("delete from event where company = 'acme' and n = 4")
	x.reads(2, 3, 5, 6)
	x.happens(trunkEvent("f"))
	x.reads(2, 3, 5, 6, 7)
	x.reads(6, 7)
}

func TestADatabaseThatWasBroughtBackFromACopyIsReadAnew(t *testing.T) {
	server := storetest.NewServer(t)
	x := newWire(t, server.DSN())
	x.reads(0, 1)
	x.happens(trunkEvent("a"), trunkEvent("b"), trunkEvent("c"))
	x.reads(1, 2, 3, 4)
	server.Exec("delete from event where company = 'acme' and n > 2")
	server.Exec("update event_head set last = 2 where company = 'acme'")
	x.happens(trunkEvent("anew"))
	if data := string(x.reads(2, 3)[0].Data); !strings.Contains(data, `"anew"`) {
		t.Errorf("event 3 is %s", data)
	}
	x.happens(trunkEvent("d"))
	x.reads(3, 4)
}
