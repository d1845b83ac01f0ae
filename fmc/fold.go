package fmc

import (
	"slices"
	"time"

	"roadline/callerid"
	"roadline/fmc/cause"
)

// Fold makes the record of one call of its facts, in the order they were written. It is the same function for a call
// that ended, for one that goes on, and for one that a killed server left behind; facts without an Opened give a
// record without one. A pure function.
func Fold(facts []Fact) Record {
	f := folder{}
	f.Status = StatusOpen
	for _, fact := range facts {
		f.fold(fact)
	}
	f.conclude()
	return f.Record
}

// folder is a record in the making, with what is needed to know until its end.
type folder struct {
	Record
	last    time.Duration // the latest fact
	running []running     // spans that go on
	planned bool
	closed  bool
	rung    bool // somebody was rung, or we called outside
}

// running is a span that goes on.
type running struct {
	RecordingSpan
	key bool // of a hold: by key, not by the far end
}

func (f *folder) fold(fact Fact) {
	f.ID, f.Company = fact.Call, fact.Company
	if kept, ok := fact.Body.(Kept); ok {
		f.Recording.Kept = &kept
		return
	}
	f.last = fact.At
	switch b := fact.Body.(type) {
	case Opened:
		f.opened(b)
	case LegBegan:
		f.legBegan(b, fact.At)
	case LegIs:
		f.legIs(b, fact.At)
	case Planned:
		if !f.planned {
			f.planned, f.Generation = true, b.Generation
		}
	case Assented:
		if l := f.leg(b.Leg); l != nil {
			l.Assent = b.Assent
		}
	case Announced:
		f.Recording.Notices = append(f.Recording.Notices, b)
		f.Recording.Spans = append(f.Recording.Spans, RecordingSpan{Kind: SpanNotice, From: b.From, To: fact.At, Leg: b.Leg})
	case Talking:
		f.talking(b, fact.At)
	case LegHeld:
		f.span(running{RecordingSpan{Kind: SpanHold, Leg: b.Leg, By: b.By}, b.Key}, b.Held, fact.At)
	case TapeIs:
		f.Recording.State = b.State
	case TapePaused:
		f.span(running{RecordingSpan{Kind: SpanPause, By: b.By, Why: b.Why}, false}, b.Paused, fact.At)
	case Marked:
		f.Marks = append(f.Marks, fact.At)
	case Mailed:
		f.Mail = append(f.Mail, b)
		if f.Who.Group == "" && b.Prompt == "" { // nobody of it was rung: it was closed
			f.Who.Group = b.Group
		}
	case Passed:
		f.passed(b, fact.At)
	case Merged:
		f.MergedInto = b.Into
	case Closed:
		f.closed, f.Cause, f.Times.Ended = true, b.Cause, fact.At
		f.Interrupted = b.Interrupted
	case Kept:
	case Recognised:
		f.recognised(b)
	case Alerted:
		f.Alerts = append(f.Alerts, b.Alert)
	case RefusedTape:
		f.Recording.Refused = append(f.Recording.Refused, b)
	case Texted:
		f.Texts = append(f.Texts, b)
	case Listened, Wanted:
	case Stepped:
		f.rung = f.rung || b.Op == "ring" || b.Op == "wait"
	case Keyed:
	case MessageCame, MessageAccepted, MessageTried, MessagePassed, MessageRefused, MessageSettled, MessageReported, SIMSeen, BalanceSeen, TrunkSeen, LimitSeen, USSDSeen, ShadowBegan, ShadowEnded, ModeSet, ForwardingSeen, CardMoved: // of no call's record
	}
}

func (f *folder) opened(b Opened) {
	f.Opened = b
	switch b.Direction {
	case Inbound:
		f.Who.Client = b.From
	case Outbound:
		f.Who.Client, f.Who.Employee = b.To, b.Employee
	case Internal:
		f.Who.Employee = b.Employee
	}
}

func (f *folder) leg(id LegID) *LegRecord {
	i := slices.IndexFunc(f.Legs, func(l LegRecord) bool { return l.Leg == id })
	if i < 0 {
		return nil
	}
	return &f.Legs[i]
}

func (f *folder) legBegan(b LegBegan, at time.Duration) {
	if l := f.leg(b.Leg); l != nil && l.Away != "" { // it comes back from another call
		l.Away, l.Gone = "", 0
		return
	}
	f.Legs = append(f.Legs, LegRecord{LegBegan: b, Began: at})
	if b.Offered {
		return
	}
	f.rung = true
	if b.Role == Client {
		f.Who.Shown = b.Shown.From
		if f.Opened.Direction == Outbound && f.Who.Client.IsZero() { // whom a person who called through wanted
			f.Who.Client = b.Number
		}
	}
	if b.Group != "" {
		f.Who.Group = b.Group
	}
}

// recognised makes a call that a person of the company began from outside theirs.
func (f *folder) recognised(b Recognised) {
	f.Recognised = append(f.Recognised, b)
	l := f.leg(b.Leg)
	if l == nil {
		return
	}
	l.Role, l.Employee, l.Device = Worker, b.Employee, b.Device
	if !l.Offered {
		return
	}
	if f.Opened.Direction == Inbound {
		f.Opened.Direction, f.Opened.Employee, f.Who.Employee = Outbound, b.Employee, b.Employee
	}
	if b.By == ByNumber || b.By == ByPIN || b.By == ByCallBack { // what they called is a number of ours
		f.Who.Client = callerid.Number{}
	}
}

func (f *folder) legIs(b LegIs, at time.Duration) {
	l := f.leg(b.Leg)
	if l == nil {
		return
	}
	if b.Line != "" {
		l.Line = b.Line
	}
	if b.Shown != nil {
		l.Shown = *b.Shown
		if l.Role == Client {
			f.Who.Shown = b.Shown.From
		}
	}
	if b.Dialog != nil {
		l.Dialog = b.Dialog
	}
	if b.Quality != nil {
		l.Quality = b.Quality
	}
	switch b.Link {
	case Alerting:
		l.Alerting = at
	case Up:
		if l.Up == 0 { // else it came back from another call
			l.Up = at
		}
	case Gone:
		l.Gone, l.Cause = at, b.Cause
	case Offered, Dialing, Leaving:
	}
}

func (f *folder) talking(b Talking, at time.Duration) {
	f.stop(at, SpanTalk, SpanOff, SpanMail)
	f.stays(b, at)
	for _, talk := range b.Talks {
		kind := SpanOff
		switch {
		case talk.Mail:
			kind = SpanMail
		case talk.Tape:
			kind = SpanTalk
		}
		span := RecordingSpan{Kind: kind, From: at}
		if kind == SpanOff && len(f.Recording.Refused) > 0 {
			span.Why = "A client refused to be recorded."
		}
		f.running = append(f.running, running{span, false})
		if talk.Mail || len(talk.Legs) < 2 {
			continue
		}
		if f.Times.Answered == 0 {
			f.Times.Answered = max(at, 1) // 0 stands for never
		}
		f.whoTalks(talk.Legs)
	}
}

// stays notes which legs come into a conversation, and which leave theirs.
func (f *folder) stays(b Talking, at time.Duration) {
	for i := range f.Legs {
		l := &f.Legs[i]
		in := slices.ContainsFunc(b.Talks, func(c Conversation) bool { return !c.Mail && len(c.Legs) > 1 && slices.Contains(c.Legs, l.Leg) })
		last := len(l.Talked) - 1
		stays := last >= 0 && l.Talked[last].To == 0
		switch {
		case in && !stays:
			l.Talked = append(l.Talked, Stay{From: at})
		case !in && stays && at <= l.Talked[last].From:
			l.Talked = l.Talked[:last]
		case !in && stays:
			l.Talked[last].To = at
		}
	}
}

// whoTalks names the person and the group that stand for the call: whoever talked first.
func (f *folder) whoTalks(legs []LegID) {
	for _, id := range legs {
		l := f.leg(id)
		if l == nil || l.Role != Worker || l.Employee == "" {
			continue
		}
		if f.Who.Employee == "" || f.Opened.Direction == Inbound && f.Times.Talked == 0 && len(f.talkers()) == 0 {
			f.Who.Employee = l.Employee
			if l.Group != "" {
				f.Who.Group = l.Group
			}
		}
	}
}

// talkers are the spans of conversation that ended already.
func (f *folder) talkers() []RecordingSpan {
	var done []RecordingSpan
	for _, s := range f.Recording.Spans {
		if s.Kind == SpanTalk || s.Kind == SpanOff {
			done = append(done, s)
		}
	}
	return done
}

// span begins or ends a span of its kind and leg.
func (f *folder) span(s running, begins bool, at time.Duration) {
	i := slices.IndexFunc(f.running, func(r running) bool { return r.Kind == s.Kind && r.Leg == s.Leg && r.key == s.key })
	switch {
	case begins && i < 0:
		s.From = at
		f.running = append(f.running, s)
	case !begins && i >= 0:
		f.end(i, at)
	}
}

func (f *folder) end(i int, at time.Duration) {
	s := f.running[i]
	f.running = slices.Delete(f.running, i, i+1)
	s.To = at
	if s.To <= s.From {
		return
	}
	if s.Kind == SpanTalk || s.Kind == SpanOff {
		f.Times.Talked += s.To - s.From
	}
	f.Recording.Spans = append(f.Recording.Spans, s.RecordingSpan)
}

func (f *folder) stop(at time.Duration, kinds ...SpanKind) {
	for i := len(f.running) - 1; i >= 0; i-- {
		if slices.Contains(kinds, f.running[i].Kind) {
			f.end(i, at)
		}
	}
}

func (f *folder) passed(b Passed, at time.Duration) {
	if b.To == "" {
		return
	}
	if l := f.leg(b.Leg); l != nil {
		l.Away, l.Gone = b.To, at
	}
}

// conclude ends what goes on, and says how the contact came out.
func (f *folder) conclude() {
	if !f.closed {
		return
	}
	end := f.last
	if k := f.Recording.Kept; k != nil {
		f.Recording.Spans = append(f.Recording.Spans, k.Gaps...)
		if f.Interrupted && k.Salvage { // no fact says how long the server lived after the last one: the tape does
			end = max(end, k.Opened+k.Length)
			f.Times.Ended = end
		}
	}
	f.stop(end, SpanTalk, SpanOff, SpanMail, SpanHold, SpanPause)
	f.stays(Talking{}, end)
	slices.SortStableFunc(f.Recording.Spans, func(a, b RecordingSpan) int { return int(a.From - b.From) })
	f.Status = f.status()
}

func (f *folder) status() Status {
	switch {
	case f.MergedInto != "":
		return StatusMerged
	case f.Times.Answered > 0:
		return StatusAnswered
	case len(f.Mail) > 0:
		return StatusVoicemail
	case f.Cause.Meaning == cause.Refused:
		return StatusRefused
	case f.Cause.Meaning == cause.Failed:
		return StatusFailed
	case f.Opened.Direction == Inbound && f.rung:
		return StatusMissed
	case f.Opened.Direction == Inbound:
		return StatusAbandoned
	default:
		return StatusNotAnswered
	}
}
