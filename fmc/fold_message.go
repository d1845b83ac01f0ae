package fmc

import (
	"time"

	"roadline/fmc/cause"
)

// MessageRecord is how far a message that goes out is: what FoldMessage makes of its facts.
type MessageRecord struct {
	Company  CompanyID       `json:"company"`
	ID       MessageID       `json:"id"`
	Accepted MessageAccepted `json:"accepted"`
	State    MessageState    `json:"state"` // as the queue knows it: never what reports make of it
	Cause    *cause.Cause    `json:"cause,omitempty"`
	Settled  time.Time       `json:"settled,omitzero"`
	Parts    []PartRecord    `json:"parts"` // one for each PDU, in order
}

// PartRecord is how far one part is.
type PartRecord struct {
	Part      int          `json:"part"` // from 1
	State     PartState    `json:"state"`
	Tries     int          `json:"tries,omitempty"`
	Tried     time.Time    `json:"tried,omitzero"` // the latest try
	Passed    time.Time    `json:"passed,omitzero"`
	Reference byte         `json:"reference"`       // of one that passed
	ID        string       `json:"id,omitempty"`    // of one that a message centre took
	Cause     *cause.Cause `json:"cause,omitempty"` // of the latest refusal
	Again     time.Time    `json:"again,omitzero"`  // when one that was refused is tried next; zero: never
}

// PartState is how far a part is.
type PartState string

// The states of a part.
const (
	PartWaiting PartState = "waiting" // it was never tried
	PartTried   PartState = "tried"   // it was given to a module, and nothing is known of the outcome
	PartPassed  PartState = "passed"  // the network has it
	PartRefused PartState = "refused" // the network certainly does not have it
)

// FoldMessage makes the record of one message that goes out of its facts, in the order they were written. A fact that
// was written again, as a restart does with what it takes on, counts once. A record without an Accepted is of a message
// whose beginning is not among the facts. A pure function.
func FoldMessage(facts []Fact) MessageRecord {
	f := messageFolder{seen: map[written]bool{}}
	f.State = MessageQueued
	for _, fact := range facts {
		f.fold(fact)
	}
	return f.MessageRecord
}

// messageFolder is a record in the making.
type messageFolder struct {
	MessageRecord
	seen map[written]bool
}

// written names a fact of a message, so that the same one is known again.
type written struct {
	kind string
	part int
	at   int64 // ns
}

// again reports that a fact was taken before, and notes it.
func (f *messageFolder) again(kind string, part int, at time.Time) bool {
	w := written{kind, part, at.UnixNano()}
	was := f.seen[w]
	f.seen[w] = true
	return was
}

func (f *messageFolder) fold(fact Fact) {
	f.Company, f.ID = fact.Company, fact.Message
	switch b := fact.Body.(type) {
	case MessageAccepted:
		if f.again(b.happening(), 0, b.At) {
			return
		}
		f.Accepted = b
		f.Parts = make([]PartRecord, len(b.PDUs))
		for i := range f.Parts {
			f.Parts[i] = PartRecord{Part: i + 1, State: PartWaiting}
		}
	case MessageTried:
		if p := f.part(b.Part); p != nil && !f.again(b.happening(), b.Part, b.At) {
			p.State, p.Tried, p.Again = PartTried, b.At, time.Time{}
			p.Tries++
		}
	case MessagePassed:
		if p := f.part(b.Part); p != nil && !f.again(b.happening(), b.Part, b.At) {
			p.State, p.Passed, p.Reference, p.ID, p.Cause = PartPassed, b.At, b.Reference, b.ID, nil
		}
	case MessageRefused:
		if p := f.part(b.Part); p != nil && !f.again(b.happening(), b.Part, b.At) {
			p.State, p.Cause, p.Again = PartRefused, &b.Cause, b.Again
		}
	case MessageSettled:
		f.State, f.Cause, f.Settled = b.State, b.Cause, b.At
	default: // of a call, a card, a message that came
	}
}

// part returns a part, nil for one that the message does not have.
func (f *messageFolder) part(n int) *PartRecord {
	if n < 1 || n > len(f.Parts) {
		return nil
	}
	return &f.Parts[n-1]
}
