package fmc

import (
	"time"

	"roadline/callerid"
	"roadline/fmc/cause"
)

// Record is the call record: what Fold makes of a call's facts. Durations are since Began.
type Record struct {
	Company    CompanyID       `json:"company"`
	ID         CallID          `json:"id"`
	Opened     Opened          `json:"opened"`
	Generation int64           `json:"generation"` // of the company version of the first plan
	Status     Status          `json:"status"`
	Cause      cause.Cause     `json:"cause"`
	Times      Times           `json:"times"`
	Who        Who             `json:"who"`
	Legs       []LegRecord     `json:"legs"`
	Recognised []Recognised    `json:"recognised,omitempty"` // how people of the company were known who called from outside
	Recording  RecordingEntry  `json:"recording"`
	Mail       []Mailed        `json:"mail,omitempty"`
	Marks      []time.Duration `json:"marks,omitempty"`
	Alerts     []Alert         `json:"alerts,omitempty"`
	Texts      []Texted        `json:"texts,omitempty"` // that people of the company were sent about it
	MergedInto CallID          `json:"merged_into,omitempty"`
	// Interrupted: the server was killed in the middle of it.
	Interrupted bool `json:"interrupted,omitempty"`
}

// Times are the moments of a call that everybody asks for.
type Times struct {
	Answered time.Duration `json:"answered,omitempty"` // the first conversation; 0: none
	Ended    time.Duration `json:"ended,omitempty"`    // 0: still going on
	Talked   time.Duration `json:"talked,omitempty"`   // in conversation, in all
}

// Who are the parties that stand for the call in a list.
type Who struct {
	Client   callerid.Number `json:"client,omitzero"`
	Employee EmployeeID      `json:"employee,omitempty"` // who talked first; who called, on a call out
	Group    GroupID         `json:"group,omitempty"`
	Shown    callerid.Number `json:"shown,omitzero"` // what the client saw, on a call out
}

// LegRecord is one leg's life.
type LegRecord struct {
	LegBegan
	Began    time.Duration `json:"began"`
	Alerting time.Duration `json:"alerting,omitempty"`
	Up       time.Duration `json:"up,omitempty"`
	Gone     time.Duration `json:"gone,omitempty"`
	Assent   Assent        `json:"assent,omitempty"`
	Cause    *cause.Cause  `json:"cause,omitempty"`
	Dialog   *Dialog       `json:"dialog,omitempty"`
	Away     CallID        `json:"away,omitempty"`    // the call it went to
	Talked   []Stay        `json:"talked,omitempty"`  // when it was in a conversation
	Quality  *LegQuality   `json:"quality,omitempty"` // nil: the line does not measure
}

// Stay is a time that a leg spent in a conversation.
type Stay struct {
	From time.Duration `json:"from"`
	To   time.Duration `json:"to,omitempty"` // 0: it goes on
}

// RecordingEntry is what the record knows of the recording. The sound is recording's business.
type RecordingEntry struct {
	State   TapeState       `json:"state"`
	Spans   []RecordingSpan `json:"spans,omitempty"`
	Notices []Announced     `json:"notices,omitempty"`
	Refused []RefusedTape   `json:"refused,omitempty"` // by clients
	Kept    *Kept           `json:"kept,omitempty"`    // the file, once it is delivered
}

// SpanKind says what a span of a recording is.
type SpanKind string

// The kinds of span.
const (
	SpanTalk   SpanKind = "talk"   // two or more heard each other and it is on tape
	SpanOff    SpanKind = "off"    // two or more heard each other and it is not: Why says by which rule
	SpanMail   SpanKind = "mail"   // one left a message
	SpanNotice SpanKind = "notice" // the notice was heard
	SpanHold   SpanKind = "hold"   // a party's far end held: silence by default
	SpanPause  SpanKind = "pause"  // somebody stopped the recording
	SpanGap    SpanKind = "gap"    // sound was lost: Why says where
)

// RecordingSpan is a part of the call's timeline.
type RecordingSpan struct {
	Kind SpanKind      `json:"kind"`
	From time.Duration `json:"from"`
	To   time.Duration `json:"to"`
	Leg  LegID         `json:"leg,omitzero"`
	By   EmployeeID    `json:"by,omitempty"`
	Why  string        `json:"why,omitempty"`
}

// Status is how a contact came out.
type Status string

// The statuses.
const (
	StatusOpen        Status = "open"                  // it goes on
	StatusAnswered    Status = "answered"              // the outside party and a person talked, or two persons
	StatusVoicemail   Status = "voicemail"             // a message was left
	StatusMissed      Status = "missed"                // a client got past the menu and nobody talked to them
	StatusAbandoned   Status = "abandoned_before_menu" // a client hung up before anybody was rung
	StatusNotAnswered Status = "not_answered"          // whom we called did not talk
	StatusRefused     Status = "refused"               // a rule forbade it
	StatusFailed      Status = "failed"                // our own error
	StatusMerged      Status = "merged"                // told by another record
)
