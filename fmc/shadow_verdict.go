package fmc

import (
	"cmp"
	"fmt"
	"time"

	"roadline/callerid"
	"roadline/fmc/cause"
)

// ShadowTrouble is something that an attempt found wrong with a card.
type ShadowTrouble string

// The troubles. The first group is of the card that calls, the second of the one that is called.
const (
	ShadowNoCall      ShadowTrouble = "no_call"      // its call did not leave it
	ShadowNoRing      ShadowTrouble = "no_ring"      // its call never rang at the other card
	ShadowWrongNumber ShadowTrouble = "wrong_number" // another number than its own arrives
	ShadowNoNumber    ShadowTrouble = "no_number"    // no number arrives
	ShadowMute        ShadowTrouble = "mute"         // nothing is heard from it
	ShadowPoor        ShadowTrouble = "poor"         // a good part of what it says is lost, or it is faint
	ShadowNoText      ShadowTrouble = "no_text"      // its text was not sent
	ShadowTextLost    ShadowTrouble = "text_lost"    // its text never came
	ShadowTextLate    ShadowTrouble = "text_late"

	ShadowNotReached  ShadowTrouble = "not_reached" // calls to it never ring
	ShadowNoAnswer    ShadowTrouble = "no_answer"   // it rang and could not be answered
	ShadowMuteBack    ShadowTrouble = "mute_back"   // nothing is heard from it when it is called
	ShadowPoorBack    ShadowTrouble = "poor_back"
	ShadowTextNotCome ShadowTrouble = "text_not_come" // a text to it never came
)

// What is too much.
const (
	shadowLost  = 20  // of a hundred frames
	shadowFaint = -35 // dBm0: ITU-T G.168 and G.223 put speech at -30 to -10
	shadowLate  = time.Minute
)

// Outcome is how far the attempt is, in one word: "running", "cut", "yielded", "well" or "trouble".
func (r ShadowRecord) Outcome() string {
	switch {
	case r.Ended == nil:
		return "running"
	case r.Ended.Cut:
		return "cut"
	case r.Ended.Yielded:
		return "yielded"
	case len(r.OfCaller())+len(r.OfCalled()) > 0:
		return "trouble"
	}
	return "well"
}

// Judged reports whether the attempt says anything of its cards.
func (r ShadowRecord) Judged() bool { return r.Ended != nil && !r.Ended.Cut && !r.Ended.Yielded }

// OfCaller is what is wrong with the card that called.
func (r ShadowRecord) OfCaller() (all []ShadowTrouble) {
	if !r.Judged() {
		return nil
	}
	if c := r.Ended.Call; c != nil {
		switch {
		case !c.Rang && !c.left():
			all = append(all, ShadowNoCall)
		case !c.Rang:
			all = append(all, ShadowNoRing)
		case c.Hidden || c.Arrived == "":
			all = append(all, ShadowNoNumber)
		case !r.Caller.Same(r.arrived()):
			all = append(all, ShadowWrongNumber)
		}
		all = c.There.troubles(all, ShadowMute, ShadowPoor)
	}
	if t := r.Ended.Text; t != nil {
		switch {
		case !t.Sent && !t.Came:
			all = append(all, ShadowNoText)
		case !t.Came:
			all = append(all, ShadowTextLost)
		case t.Took > shadowLate:
			all = append(all, ShadowTextLate)
		}
	}
	return all
}

// OfCalled is what is wrong with the card that was called.
func (r ShadowRecord) OfCalled() (all []ShadowTrouble) {
	if !r.Judged() {
		return nil
	}
	if c := r.Ended.Call; c != nil {
		switch {
		case !c.Rang && c.left():
			all = append(all, ShadowNotReached)
		case c.Rang && c.There == nil && r.Caller.Same(r.arrived()):
			all = append(all, ShadowNoAnswer)
		}
		all = c.Back.troubles(all, ShadowMuteBack, ShadowPoorBack)
	}
	if t := r.Ended.Text; t != nil && t.Sent && !t.Came {
		all = append(all, ShadowTextNotCome)
	}
	return all
}

// left reports whether a call that never rang had left its own card: what ended it was not our fault or our device's.
func (c *ShadowCall) left() bool {
	return c.Cause == nil || c.Cause.Fault != cause.FaultDevice && c.Cause.Fault != cause.FaultUs
}

// arrived is the number that the called card was told.
func (r ShadowRecord) arrived() callerid.Number {
	if r.Ended == nil || r.Ended.Call == nil {
		return callerid.Number{}
	}
	return callerid.Received(r.Ended.Call.Arrived, r.Caller.Country)
}

// troubles adds what is wrong with a sound; one that was not listened for is not judged.
func (s *ShadowSound) troubles(all []ShadowTrouble, mute, poor ShadowTrouble) []ShadowTrouble {
	switch {
	case s == nil:
		return all
	case !s.Heard:
		return append(all, mute)
	case s.Lost > shadowLost || s.Level < shadowFaint:
		return append(all, poor)
	}
	return all
}

// shadowWords are the troubles in sentences.
var shadowWords = map[ShadowTrouble]string{
	ShadowNoCall:      "its call did not leave it",
	ShadowNoRing:      "its call never rang at the other card",
	ShadowWrongNumber: "the number that arrives is not the one expected",
	ShadowNoNumber:    "no number arrives",
	ShadowMute:        "nothing is heard from it",
	ShadowPoor:        "it is heard badly",
	ShadowNoText:      "its text was not sent",
	ShadowTextLost:    "its text never came",
	ShadowTextLate:    "its text came late",
	ShadowNotReached:  "a call to it never rang",
	ShadowNoAnswer:    "it rang, and the call could not be answered",
	ShadowMuteBack:    "nothing is heard from it when it is called",
	ShadowPoorBack:    "it is heard badly when it is called",
	ShadowTextNotCome: "a text to it never came",
}

// Words are a sentence without its end.
func (t ShadowTrouble) Words() string { return cmp.Or(shadowWords[t], string(t)) }

// Verdict is what an attempt says of the card that called, in words.
func (r ShadowRecord) Verdict() []string {
	switch r.Outcome() {
	case "running":
		return []string{"it is being tried"}
	case "cut":
		return []string{"the server stopped meanwhile: it was not finished"}
	case "yielded":
		return []string{"it gave way to a call of a client"}
	}
	var all []string
	for _, t := range r.OfCaller() {
		all = append(all, r.words(t))
	}
	if len(all) == 0 {
		all = append(all, "everything arrived")
	}
	return all
}

// words are those of a trouble, with what arrived in place of what was expected.
func (r ShadowRecord) words(t ShadowTrouble) string {
	if t == ShadowWrongNumber {
		return fmt.Sprintf("the number that arrives is %s, not the one expected", cmp.Or(r.arrived().String(), r.Ended.Call.Arrived))
	}
	return t.Words()
}

// ShadowCardState is what the latest attempts say of a card.
type ShadowCardState struct {
	SIM      ICCID
	Out, In  *ShadowRecord // the latest in which it called, and was called; nil: none that says anything
	Troubles []ShadowTrouble
}

// ShadowStates are what the latest attempts say of each card; all are the newest first. Cards of which nothing is said are
// left out.
func ShadowStates(cards []ICCID, all []ShadowRecord) (states []ShadowCardState) {
	for _, id := range cards {
		s := ShadowCardState{SIM: id}
		for i := range all {
			r := &all[i]
			if !r.Judged() {
				continue
			}
			if s.Out == nil && r.From == id {
				s.Out, s.Troubles = r, append(s.Troubles, r.OfCaller()...)
			}
			if s.In == nil && r.To == id {
				s.In, s.Troubles = r, append(s.Troubles, r.OfCalled()...)
			}
		}
		if s.Out != nil || s.In != nil {
			states = append(states, s)
		}
	}
	return states
}
