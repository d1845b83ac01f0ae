package house_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/hardware/gsmsim"
)

// statusReport is a SMS-STATUS-REPORT on what a number was sent under a reference, 23.040 §9.2.2.3.
func statusReport(to string, reference int, at time.Time, status byte) []byte {
	stamp := func(t time.Time) []byte {
		var b []byte
		for _, n := range []int{t.Year() % 100, int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second(), 0} {
			b = append(b, byte(n%10<<4|n/10)) //nolint:gosec // two digits
		}
		return b
	}
	digits := strings.TrimPrefix(to, "+")
	pdu := []byte{0, 2, byte(reference), byte(len(digits)), 0x91} //nolint:gosec // an octet; eleven digits
	for i := 0; i < len(digits); i += 2 {
		high := byte('f' - 'a' + 10)
		if i+1 < len(digits) {
			high = digits[i+1] - '0'
		}
		pdu = append(pdu, high<<4|(digits[i]-'0'))
	}
	pdu = append(append(pdu, stamp(at.UTC())...), stamp(at.UTC().Add(time.Second))...)
	return append(pdu, status)
}

// TestReportsSayWhatBecameOfAMessage has one card write to people who are there and who are not, and to another card that
// is in no modem for a while: the network delivers when it comes back, after a restart of the house.
func TestReportsSayWhatBecameOfAMessage(t *testing.T) {
	t.Parallel()
	for _, model := range []gsmsim.Make{gsmsim.HuaweiE173, gsmsim.EC25} { // reports that are stored, and that are not
		t.Run(model.Name, func(t *testing.T) {
			mobiles := housetest.MobilesAt(t, quickTexts)
			cards := []*gsmsim.Card{gsmsim.NewCard(1), gsmsim.NewCard(2)}
			mobiles.Plugs(model, cards[0])
			away := mobiles.Plugs(gsmsim.SIM7600, cards[1])
			x := texters(t, mobiles, "", cards)
			x.Line("acme", cards[0])
			x.Line("acme", cards[1])
			away.Unplug()
			const there, gone = "+79161230001", "+79161230002"
			mobiles.Subscriber(gone, gsmsim.Behaviour{Does: gsmsim.SwitchedOff})
			delivered, lost := x.send(cards[0], there, strings.Repeat("in parts, ", 40)), x.send(cards[0], gone, "nobody reads this")
			late := x.send(cards[0], cards[1].Number, "for whom it is")
			x.becomes(delivered.ID, fmc.MessageDelivered)
			x.becomes(lost.ID, fmc.MessageUndelivered)
			m := x.becomes(late.ID, fmc.MessageSent)
			mobiles.Deliver(cards[0].Number, statusReport(cards[1].Number, *m.Sent[0].Reference, time.Now(), 0x30)) // it is still tried
			x.Await("the report that it is still tried", func() bool {
				m, err := x.House.Store().For("acme").Message(t.Context(), late.ID)
				return err == nil && m.Sent[0].Report != nil && *m.Sent[0].Report == 0x30 && m.State == fmc.MessageSent
			})
			x.Close()
			x.Open()
			x.Line("acme", cards[0])
			if err := away.Replug(); err != nil {
				t.Fatal(err)
			}
			if m := x.becomes(late.ID, fmc.MessageDelivered); *m.Sent[0].Report != 0 {
				t.Errorf("its report is %#x", *m.Sent[0].Report)
			}
			if in := x.came(1)[0]; in.Text != "for whom it is" || in.Peer != cards[0].Number {
				t.Errorf("it came as %+v", in)
			}
			if m := x.becomes(lost.ID, fmc.MessageUndelivered); *m.Sent[0].Report != 0x46 {
				t.Errorf("the report on a telephone that is off is %#x", *m.Sent[0].Report)
			}
		})
	}
}

// TestAModuleThatSaysNothingLeavesAMessageUncertain has a module take a message and not say so, and one that never takes
// it, when the house is killed: neither is sent again.
func TestAModuleThatSaysNothingLeavesAMessageUncertain(t *testing.T) {
	t.Parallel()
	for fault, came := range map[gsmsim.Fault]int{gsmsim.LostOK: 1, gsmsim.SilentPort: 0} {
		t.Run(string(fault), func(t *testing.T) {
			s := newStorm(t)
			s.child = housetest.StartChild(t, s.data)
			card, peer := s.cards[0], "+79161234567"
			x := &texter{t: t, mobiles: s.mobiles, api: s.api}
			first := x.send(card, peer, "before")
			x.gets(peer, 1)
			s.devices[0].Fault(fault)
			lost := x.send(card, peer, "amid")
			next := x.send(card, peer, "behind it")
			s.tried(lost.ID)
			if came > 0 {
				x.gets(peer, 2)
			}
			s.child.Kill()
			s.devices[0].Mend(fault)
			s.child = housetest.StartChild(t, s.data)
			got := x.gets(peer, 2+came)
			states := s.states(map[fmc.MessageID]fmc.MessageState{first.ID: fmc.MessageDelivered, lost.ID: fmc.MessageUncertain, next.ID: fmc.MessageDelivered})
			if n := len(s.mobiles.Inbox(peer)); n != 2+came || got[n-1].Body != "behind it" {
				t.Errorf("%d texts came: %+v, %v", n, got, states)
			}
		})
	}
}

// tried waits until a part of a message is given to a module.
func (s *storm) tried(id fmc.MessageID) {
	s.t.Helper()
	housetest.Await(s.t, "the message is at the module", func() bool {
		m, err := s.store().Message(s.t.Context(), id)
		return err == nil && m.Sent[0].State == fmc.PartTried
	})
}

// states waits until messages are in their states, and says them.
func (s *storm) states(want map[fmc.MessageID]fmc.MessageState) string {
	s.t.Helper()
	said := ""
	housetest.Await(s.t, "the messages are as they should be", func() bool {
		said = ""
		right := true
		for id, state := range want {
			m, err := s.store().Message(s.t.Context(), id)
			right = right && err == nil && m.State == state
			said += fmt.Sprintf("%s is %s (%s) ", m.Text, m.State, m.Cause)
		}
		return right
	})
	return said
}
