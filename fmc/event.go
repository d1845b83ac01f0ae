package fmc

import (
	"slices"
	"time"
)

// Event is something that happened in a company, as programs outside are told of it: by the stream of events and by
// webhooks. A fact is what the node needs to know, an event what others want to hear. What is written is read by programs
// of others: types and fields are added, never renamed.
type Event struct {
	Company CompanyID
	Type    EventType
	At      time.Time
	People  []EmployeeID // whom it concerns
	Group   GroupID
	Private bool // of the first of People alone: nobody else is told
	Data    any  // what is told, as JSON: one of the types below
}

// EventType names what happened: a noun, a dot and what became of it.
type EventType string

// The types of event.
const (
	EventCallStarted    EventType = "call.started"         // CallTold
	EventCallRinging    EventType = "call.ringing"         // CallTold, for each person whose phone rings, and for the client
	EventCallAnswered   EventType = "call.answered"        // CallTold
	EventCallEnded      EventType = "call.ended"           // CallTold
	EventCallMissed     EventType = "call.missed"          // MissedTold: a client should be called back
	EventCallReturned   EventType = "call.returned"        // MissedTold: somebody talked with them since
	EventRecordingReady EventType = "recording.ready"      // RecordingTold
	EventVoicemailLeft  EventType = "voicemail.left"       // CallTold
	EventComment        EventType = "comment.added"        // CommentTold
	EventSMSReceived    EventType = "sms.received"         // MessageTold, again with each part that comes late
	EventSMSSent        EventType = "sms.sent"             // MessageTold: the network took it
	EventSMSDelivered   EventType = "sms.delivered"        // MessageTold: a report says that the phone has it
	EventSMSFailed      EventType = "sms.failed"           // MessageTold
	EventLineState      EventType = "line.state_changed"   // LineTold
	EventTrunkState     EventType = "trunk.state_changed"  // TrunkTold
	EventBalanceLow     EventType = "sim.balance_low"      // BalanceTold
	EventLimitReached   EventType = "sim.limit_reached"    // LimitTold
	EventUSSDAnswered   EventType = "ussd.answered"        // USSDTold: to what a person or a program asked
	EventAlertRaised    EventType = "alert.raised"         // AlertTold
	EventAlertCleared   EventType = "alert.cleared"        // AlertTold
	EventPublished      EventType = "config.published"     // PublishedTold
	EventWebhookTest    EventType = "webhook.test"         // TestTold
	EventWebhookOff     EventType = "webhook.switched_off" // WebhookTold
)

// EventTypes are all types, in the order in which people list them.
var EventTypes = []EventType{
	EventCallStarted, EventCallRinging, EventCallAnswered, EventCallEnded, EventCallMissed, EventCallReturned, EventRecordingReady,
	EventVoicemailLeft, EventComment, EventSMSReceived, EventSMSSent, EventSMSDelivered, EventSMSFailed, EventLineState, EventTrunkState,
	EventBalanceLow, EventLimitReached, EventUSSDAnswered, EventAlertRaised, EventAlertCleared, EventPublished, EventWebhookTest, EventWebhookOff,
}

// Fits reports whether a type is meant by a pattern: itself, "call.*" for all of a noun, "*" for all there are.
func (t EventType) Fits(pattern string) bool {
	if noun, all := cutStar(pattern); all {
		return len(t) > len(noun) && string(t[:len(noun)]) == noun
	}
	return string(t) == pattern
}

// cutStar takes the star off a pattern's end.
func cutStar(pattern string) (before string, found bool) {
	n := len(pattern) - 1
	if n < 0 || pattern[n] != '*' || n > 0 && pattern[n-1] != '.' {
		return pattern, false
	}
	return pattern[:n], true
}

// FitsEvents reports whether a pattern means any type there is.
func FitsEvents(pattern string) bool {
	return slices.ContainsFunc(EventTypes, func(t EventType) bool { return t.Fits(pattern) })
}

// CommentTold is a comment on a call's recording.
type CommentTold struct {
	Call    CallID     `json:"call"`
	Comment string     `json:"comment"` // its id
	By      EmployeeID `json:"by"`
	At      float64    `json:"at_s"` // of the recording
	Text    string     `json:"text"`
}

// MessageTold is a message that a card received or sent.
type MessageTold struct {
	Message MessageID    `json:"message"`
	SIM     ICCID        `json:"sim"`
	Number  string       `json:"number,omitempty"` // the card's
	Peer    string       `json:"peer"`             // E.164, or a name
	Text    string       `json:"text"`
	State   MessageState `json:"state"`
	Missing int          `json:"missing,omitempty"` // parts that did not come yet
	By      string       `json:"by,omitempty"`      // who sent it
	Cause   string       `json:"cause,omitempty"`
}

// LineTold is a SIM's line that changed its state.
type LineTold struct {
	Line  LineID `json:"line"`
	SIM   ICCID  `json:"sim"`
	Modem string `json:"modem,omitempty"`
	State string `json:"state"`
	Why   string `json:"why,omitempty"`
}

// TrunkTold is a carrier's trunk that changed its state.
type TrunkTold struct {
	Trunk TrunkID `json:"trunk"`
	Ready bool    `json:"ready"`
	Why   string  `json:"why,omitempty"`
}

// BalanceTold is a card whose money goes to its end.
type BalanceTold struct {
	SIM    ICCID  `json:"sim"`
	Amount string `json:"amount"`
	Limit  string `json:"limit,omitempty"` // below which it is low
}

// LimitTold is a card that was used up to one of its limits.
type LimitTold struct {
	SIM   ICCID     `json:"sim"`
	Limit LimitKind `json:"limit"`
	Most  int       `json:"most"`  // calls, messages, or minutes
	Until time.Time `json:"until"` // then it is counted anew
}

// USSDTold is what a network answered.
type USSDTold struct {
	SIM  ICCID  `json:"sim"`
	Text string `json:"text"`
	Open bool   `json:"open"` // it expects an answer
}

// AlertTold is something that somebody should look at.
type AlertTold struct {
	Kind     string     `json:"kind"`
	Call     CallID     `json:"call,omitempty"`
	Employee EmployeeID `json:"employee,omitempty"`
	About    string     `json:"about,omitempty"`
	Text     string     `json:"text,omitempty"`
}

// PublishedTold is a new version of the company's document.
type PublishedTold struct {
	Generation int64  `json:"generation"`
	By         string `json:"by"`
	Reason     string `json:"reason"`
}

// TestTold asks a receiver to show that it hears us.
type TestTold struct {
	Webhook string `json:"webhook"` // the one receiver that is told
	By      string `json:"by"`
}

// WebhookTold is a receiver that is told nothing any more.
type WebhookTold struct {
	Webhook string `json:"webhook"`
	URL     string `json:"url"` // scheme and host: a secret may stand in the rest
	Why     string `json:"why"`
}
