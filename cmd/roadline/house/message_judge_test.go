package house_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/store"
)

// calm is how long a storm's last messages may take: some wait for their second or third try.
const calm = 4 * time.Minute

// judge waits until everything is settled, stops the house and counts.
func (s *storm) judge() {
	t := s.t
	t.Helper()
	s.settle()
	s.child.Stop()
	for end := time.Now().Add(calm); undrained(t, s.data) > 0; s.child.Stop() { // what a stop left, the next start brings in
		if time.Now().After(end) {
			t.Fatalf("%d journals are not brought in\n%s", undrained(t, s.data), s.child.Said())
		}
		s.child = housetest.StartChild(t, s.data)
		s.settle()
	}
	lines := everyMessage(t, s.store())
	s.judgeIn(lines)
	s.judgeOut(lines)
}

// settle waits until the network and the cards have got rid of their texts, the house of its messages and the journals of
// earlier starts are in PostgreSQL: a sweep that failed is tried again half a minute later.
func (s *storm) settle() {
	s.t.Helper()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	end := time.After(calm)
	quiet := 0
	for quiet < 4 { // the drain is a quarter of a second behind
		select {
		case <-tick.C:
		case <-end:
			s.t.Fatalf("the storm does not settle: %d in the service centre, %d on cards, %d queued\n%s", s.mobiles.Undelivered(), s.mobiles.Unread(), len(queued(s.t, s.store())), s.child.Said())
		}
		if s.mobiles.Undelivered() == 0 && s.mobiles.Unread() == 0 && undrained(s.t, s.data) <= 1 && len(queued(s.t, s.store())) == 0 {
			quiet++
		} else {
			quiet = 0
		}
	}
}

// undrained is how many journals hold what PostgreSQL may not have yet; a house that runs has one.
func undrained(t *testing.T, data string) int {
	t.Helper()
	boots, err := filepath.Glob(filepath.Join(data, "journal", "*.*"))
	if err != nil {
		t.Fatal(err)
	}
	return len(boots)
}

func queued(t *testing.T, tenant *store.Tenant) []store.MessageLine {
	t.Helper()
	lines, err := tenant.Messages(t.Context(), store.MessageFilter{State: fmc.MessageQueued, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// everyMessage is all messages of a company, the oldest first.
func everyMessage(t *testing.T, tenant *store.Tenant) []store.MessageLine {
	t.Helper()
	var all []store.MessageLine
	for page := (store.MessageFilter{Limit: 1000}); ; {
		lines, err := tenant.Messages(t.Context(), page)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, lines...)
		if len(lines) < page.Limit {
			slices.Reverse(all)
			return all
		}
		page.After = lines[len(lines)-1].Mark()
	}
}

// judgeIn looks for every text that was written, once.
func (s *storm) judgeIn(lines []store.MessageLine) {
	t := s.t
	t.Helper()
	seen := map[string]int{}
	for _, l := range lines {
		if !l.In {
			continue
		}
		seen[l.Text]++
		w, ok := s.written[l.Text]
		switch {
		case !ok:
			t.Errorf("nobody wrote %q, of %d parts, %v missing, broken %q", l.Text, l.Parts, l.Missing, l.Broken)
		case l.Peer != peerNumber(w.peer) || l.Number != s.card(w.peer).Number || string(l.SIM) != s.card(w.peer).ICCID:
			t.Errorf("%q is of %s to %s", l.Text, l.Peer, l.Number)
		case seen[l.Text] == 2:
			t.Errorf("%q came twice", l.Text)
		}
	}
	lost := 0
	for text := range s.written {
		if seen[text] == 0 {
			lost++
			if lost < 10 {
				t.Errorf("%q is lost", text)
			}
		}
	}
	t.Logf("in: %d written, %d lost", len(s.written), lost)
}

// judgeOut looks for every message that was accepted, in the hands of whom it is for: once where it was sent, at most
// once where that is uncertain, never where it failed.
func (s *storm) judgeOut(lines []store.MessageLine) {
	t := s.t
	t.Helper()
	kept, ids := map[string]store.MessageLine{}, map[fmc.MessageID]bool{}
	for _, l := range lines {
		if l.In {
			continue
		}
		if _, twin := kept[l.Text]; twin {
			t.Errorf("%q was accepted twice", l.Text)
		}
		if s.asked[l.Text] == nil {
			t.Errorf("nobody asked for %q", l.Text)
		}
		kept[l.Text], ids[l.ID] = l, true
	}
	got := s.inboxes()
	states := map[fmc.MessageState]int{}
	for text, asked := range s.asked {
		l, ok := kept[text]
		if asked.id != "" && (!ok || l.ID != asked.id) {
			t.Errorf("%q was accepted as %s and is lost", text, asked.id)
		}
		if problem := outcome(l.State, len(got[text])); problem != "" {
			t.Errorf("%q, accepted %v: %s: %s", text, asked.id != "", problem, l.Cause)
		}
		if ok {
			states[l.State]++
		}
	}
	t.Logf("out: %d asked for, %v, %d moments at which a module might have known alone", len(s.asked), states, s.losses)
	if uncertain := states[fmc.MessageUncertain]; uncertain > s.losses {
		t.Errorf("%d are uncertain", uncertain)
	}
}

// outcome says what is wrong with a message that came so many times; the empty state is that of one nobody accepted.
func outcome(state fmc.MessageState, came int) string {
	switch state {
	case fmc.MessageSent, fmc.MessageDelivered:
		if came != 1 {
			return fmt.Sprintf("it is %s and came %d times", state, came)
		}
	case fmc.MessageUncertain:
		if came > 1 {
			return fmt.Sprintf("it came %d times", came)
		}
	default:
		if came > 0 || state != "" {
			return fmt.Sprintf("it is %q and came %d times", state, came)
		}
	}
	return ""
}

// inboxes is what people got, by text: the places in their inbox. It sees that each got them in the order in which they
// were asked for.
func (s *storm) inboxes() map[string][]int {
	s.t.Helper()
	got := map[string][]int{}
	for peer := range stormPeers {
		last := -1
		for i, text := range s.mobiles.Inbox(peerNumber(peer)) {
			got[text.Body] = append(got[text.Body], i)
			asked := s.asked[text.Body]
			switch {
			case asked == nil:
				s.t.Errorf("%s got %q, which nobody sent", peerNumber(peer), text.Body)
			case asked.peer != peer || text.From != s.card(peer).Number:
				s.t.Errorf("%s got %q from %s", peerNumber(peer), text.Body, text.From)
			case asked.n <= last:
				s.t.Errorf("%s got %q after number %d", peerNumber(peer), text.Body, last)
			default:
				last = asked.n
			}
		}
	}
	return got
}
