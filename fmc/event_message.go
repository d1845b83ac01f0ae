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

// TrunkEvent is the event of a trunk that changed its state.
func TrunkEvent(company CompanyID, s TrunkSeen) Event {
	return Event{Company: company, Type: EventTrunkState, At: s.At.UTC(), Data: TrunkTold{Trunk: s.Trunk, Ready: s.Ready, Why: s.Why}}
}

// LimitEvent is the event of a card that was used up to a limit.
func LimitEvent(company CompanyID, s LimitSeen) Event {
	return Event{Company: company, Type: EventLimitReached, At: s.At.UTC(), Data: LimitTold{SIM: s.SIM, Limit: s.Limit, Most: s.Most, Until: s.Until.UTC()}}
}

// USSDEvent is the event of a network's answer.
func USSDEvent(company CompanyID, s USSDSeen) Event {
	return Event{Company: company, Type: EventUSSDAnswered, At: s.At.UTC(), Data: USSDTold{SIM: s.SIM, Text: s.Text, Open: s.Open}}
}

// LineEvent is the event of a card that changed its state.
func LineEvent(company CompanyID, s SIMSeen) Event {
	return Event{Company: company, Type: EventLineState, At: s.At.UTC(), Data: LineTold{Line: s.SIM.Line(), SIM: s.SIM, Modem: s.Modem, State: s.State, Why: s.Why}}
}
