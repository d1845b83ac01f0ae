package fmc

import "slices"

// MessageEvents are the events that a sent message's facts from number fresh on make; r is what all of them fold to. A
// pure function.
func MessageEvents(r MessageRecord, facts []Fact, fresh int) []Event {
	settled := func(f Fact) bool { _, is := f.Body.(MessageSettled); return is }
	i := slices.IndexFunc(facts, settled)
	if i < fresh { // it is under way, or was told of
		return nil
	}
	body, _ := facts[i].Body.(MessageSettled)
	told := MessageTold{
		Message: r.ID, SIM: r.Accepted.SIM, Number: r.Accepted.Number.E164, Peer: Peer(r.Accepted.To.String(), r.Accepted.Number.Country),
		Text: r.Accepted.Text, State: body.State, By: r.Accepted.By,
	}
	if body.Cause != nil {
		told.Cause = body.Cause.Text
	}
	kind := EventSMSFailed
	if body.State == MessageSent {
		kind = EventSMSSent
	}
	return []Event{{Company: r.Company, Type: kind, At: body.At.UTC(), Data: told}}
}

// LineEvent is the event of a card that changed its state.
func LineEvent(company CompanyID, s SIMSeen) Event {
	return Event{Company: company, Type: EventLineState, At: s.At.UTC(), Data: LineTold{Line: s.SIM.Line(), SIM: s.SIM, Modem: s.Modem, State: s.State, Why: s.Why}}
}
