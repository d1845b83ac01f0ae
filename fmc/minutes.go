package fmc

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Minutes tells in plain lines what a call was: who was in conversation from when to when, and what happened to its
// recording, in the order of time and by the clock of the call. It is for whoever hears a conference's recording and was
// not there. A pure function.
func Minutes(r Record) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Call %s of %s, began %s UTC", r.ID, r.Company, r.Opened.Began.UTC().Format("2006-01-02 15:04:05"))
	if r.Times.Ended > 0 {
		fmt.Fprintf(&b, ", lasted %s", byClock(r.Times.Ended))
	}
	b.WriteString("\n\nIn conversation\n")
	for _, l := range r.Legs {
		for _, s := range l.Talked {
			until := "now"
			if s.To > 0 {
				until = byClock(s.To)
			}
			fmt.Fprintf(&b, "  %s to %-8s  %s\n", byClock(s.From), until, l.party())
		}
	}
	b.WriteString("\nWhat happened\n")
	for _, m := range r.moments() {
		fmt.Fprintf(&b, "  %s  %s\n", byClock(m.at), m.words)
	}
	for _, x := range r.Recording.Refused {
		fmt.Fprintf(&b, "  %s refused to be recorded\n", r.partyOf(x.Leg))
	}
	return b.String()
}

// moment is something that happened in a call.
type moment struct {
	at    time.Duration
	words string
}

// spanWords say what begins and what ends with a span; empty: that is told by something else.
var spanWords = map[SpanKind][2]string{
	SpanTalk:   {"recorded from here", "recorded until here"},
	SpanOff:    {"not recorded from here", ""},
	SpanMail:   {"a message begins", "the message ends"},
	SpanNotice: {"", "the recording notice was heard"},
	SpanHold:   {"on hold", "off hold"},
	SpanPause:  {"the recording was paused", "the recording went on"},
	SpanGap:    {"sound was lost", ""},
}

// moments are what happened, in the order of time.
func (r *Record) moments() []moment {
	var all []moment
	for _, l := range r.Legs {
		for _, s := range l.Talked {
			all = append(all, moment{s.From, l.party() + " joined"})
			if s.To > 0 {
				all = append(all, moment{s.To, l.party() + " left"})
			}
		}
	}
	for _, s := range r.Recording.Spans {
		words := spanWords[s.Kind]
		if words[0] != "" && !r.meets(s, func(o RecordingSpan) bool { return o.To == s.From }) {
			all = append(all, moment{s.From, words[0] + r.about(s)})
		}
		if words[1] != "" && !r.meets(s, func(o RecordingSpan) bool { return o.From == s.To }) {
			s.By, s.Why = "", "" // who began it, and why
			all = append(all, moment{s.To, words[1] + r.about(s)})
		}
	}
	for _, at := range r.Marks {
		all = append(all, moment{at, "marked"})
	}
	slices.SortStableFunc(all, func(a, b moment) int { return cmp.Compare(a.at, b.at) })
	return all
}

// meets reports whether a span adjoins another that is all alike: a conversation goes on when somebody joins it.
func (r *Record) meets(s RecordingSpan, adjoins func(RecordingSpan) bool) bool {
	return slices.ContainsFunc(r.Recording.Spans, func(o RecordingSpan) bool {
		return o.Kind == s.Kind && o.Leg == s.Leg && o.By == s.By && o.Why == s.Why && o != s && adjoins(o)
	})
}

// about says whose a span is, by whom and why, as far as that is known.
func (r *Record) about(s RecordingSpan) string {
	words := ""
	if !s.Leg.IsZero() {
		words += ": " + r.partyOf(s.Leg)
	}
	if s.By != "" {
		words += ", by " + string(s.By)
	}
	if s.Why != "" {
		words += " (" + s.Why + ")"
	}
	return words
}

// partyOf names the party at a leg.
func (r *Record) partyOf(id LegID) string {
	i := slices.IndexFunc(r.Legs, func(l LegRecord) bool { return l.Leg == id })
	if i < 0 {
		return id.String()
	}
	return r.Legs[i].party()
}

// party names who is at a leg: the person of the company by their id, anybody else by the number.
func (l *LegRecord) party() string {
	name := string(l.Employee)
	if l.Role != Worker || name == "" {
		name = l.Number.String()
	}
	return strings.TrimSpace(l.Role.String() + " " + name)
}

// byClock is a time since a call began: "01:02:03".
func byClock(d time.Duration) string {
	s := int(d / time.Second)
	return fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
}
