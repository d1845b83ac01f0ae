package house

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/gsmgw"
)

const boxCard = fmc.ICCID("8970101000000000018")

var boxView = []gsmgw.View{{Port: "gw:office:1", Card: boxCard}}

// boxCall is a dialog of the line.
func boxCall(b *boxes, n int) *boxDialog {
	d := newBoxDialog(b, fmc.LegID{Call: fmc.CallID(fmt.Sprint(n)), N: 1}, "gw:office:1")
	d.dialog = &fmc.Dialog{CallID: fmt.Sprint(n)}
	b.keep(d)
	return d
}

// TestALineIsAskedWhatStandsWhileItsCallsEnd hammers both ways: each has two mutexes to take.
func TestALineIsAskedWhatStandsWhileItsCallsEnd(t *testing.T) {
	t.Parallel()
	b := &boxes{dialogs: map[fmc.LegID]*boxDialog{}}
	over := make(chan struct{})
	go func() {
		defer close(over)
		ended := make(chan struct{})
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for {
					select {
					case <-ended:
						return
					default:
						b.standing(call.LinkIs{Line: boxCard.Line()}, boxView)
					}
				}
			})
		}
		for n := range 5000 {
			b.post(boxCall(b, n).id, call.LinkIs{Link: fmc.Gone, Cause: cause.Of(cause.Hangup)})
		}
		close(ended)
		all.Wait()
	}()
	select {
	case <-over:
	case <-time.After(20 * time.Second):
		t.Fatal("they wait for each other")
	}
	if len(b.dialogs) > 0 {
		t.Errorf("%d dialogs are left", len(b.dialogs))
	}
}

func TestWhatStandsOfALineIsTheCallThatItCarries(t *testing.T) {
	t.Parallel()
	for range 20 { // a map has no order
		b := &boxes{dialogs: map[fmc.LegID]*boxDialog{}}
		stands := func(want string) {
			t.Helper()
			if d := b.standing(call.LinkIs{Line: boxCard.Line()}, boxView); d == nil || d.CallID != want {
				t.Fatalf("%+v stands, not %s", d, want)
			}
		}
		old, now, second := boxCall(b, 1), boxCall(b, 2), boxCall(b, 3)
		old.linkIs(call.LinkIs{Link: fmc.Up})
		old.left = true // and the far side has not said so yet
		stands("2")     // it was there before the second
		second.left = true
		now.linkIs(call.LinkIs{Link: fmc.Up})
		stands("2")
	}
}
