package fmc

import (
	"strings"
	"time"

	"roadline/callerid"
	"roadline/fmc/cause"
)

// MessageID names a message that the company sends, or one part of one that came: UUIDv7.
type MessageID string

// Message is a message that was accepted to be sent.
type Message struct {
	ID       MessageID       `json:"id"`
	SIM      ICCID           `json:"sim"`
	Number   callerid.Number `json:"number,omitzero"` // the card's
	To       callerid.Number `json:"to"`
	Parts    int             `json:"parts"`
	Alphabet string          `json:"alphabet"`         // "gsm7", "ucs2", with the tables of a language "gsm7/tr"
	Until    time.Time       `json:"until"`            // it is not sent later
	Centre   CentreID        `json:"centre,omitempty"` // by which it leaves, in place of a card
	Why      string          `json:"why,omitempty"`    // it leaves by this way
}

// Peer is whom a message is from or to, so that two spellings of one number are equal: E.164, read by the plan of the
// country, else as it was written, as names of senders are.
func Peer(written, country string) string {
	if n := callerid.Received(written, country); n.E164 != "" {
		return n.E164
	}
	return strings.TrimSpace(written)
}

// MessageState is how far a message is.
type MessageState string

// The states. A message that came is Received. One that goes out is Queued until it is Sent, Failed, Expired or
// Uncertain; a report makes a Sent one Delivered or Undelivered.
const (
	MessageReceived    MessageState = "received"
	MessageQueued      MessageState = "queued"
	MessageSent        MessageState = "sent"
	MessageDelivered   MessageState = "delivered"
	MessageUndelivered MessageState = "undelivered"
	MessageFailed      MessageState = "failed"
	MessageExpired     MessageState = "expired"   // its validity ended before the card could send it
	MessageUncertain   MessageState = "uncertain" // it may have gone out, or not: a person says whether it is sent again
)

// The facts of messages. They go through the journal as those of calls do: Fact.Message names the message, Fact.At is
// nothing, and every body has its own wall-clock time in UTC. A message that is queued keeps its journal segments until
// it is settled, so that a restart without PostgreSQL still sends it, once: whoever takes on what an earlier boot left
// writes its facts anew, whole and as they are, and FoldMessage takes each of them once.

// MessageCame is one part of a message that a card, or we at a message centre, received, whole as it was: parts are put together when they are
// shown. The same part read again, after a crash before it was deleted, has the same Key.
type MessageCame struct {
	At     time.Time       `json:"at"`
	SIM    ICCID           `json:"sim"`
	Number callerid.Number `json:"number,omitzero"` // the card's
	From   string          `json:"from"`            // as it was written: digits with +, or a name
	Text   string          `json:"text,omitempty"`
	Sent   time.Time       `json:"sent,omitzero"` // the service centre's time stamp
	Ref    int             `json:"ref,omitempty"` // of a message in parts
	Part   int             `json:"part,omitempty"`
	Parts  int             `json:"parts,omitempty"` // 0: it is whole
	Class  *int            `json:"class,omitempty"`
	Broken string          `json:"broken,omitempty"` // why it could not be read: only PDU counts
	PDU    string          `json:"pdu"`              // hex, with the service centre; by SMPP the whole deliver_sm
	Key    string          `json:"key"`              // the same for the same part of the same message
	Centre CentreID        `json:"centre,omitempty"` // that it came by, in place of a card
	Shadow bool            `json:"shadow,omitempty"` // it is the text of a shadow attempt
}

// MessageAccepted begins a message to be sent: whoever asked was told that it is kept.
type MessageAccepted struct {
	At     time.Time       `json:"at"`
	SIM    ICCID           `json:"sim"`
	Number callerid.Number `json:"number,omitzero"` // the card's
	To     callerid.Number `json:"to"`
	Text   string          `json:"text"`
	By     string          `json:"by"`     // who asked
	Until  time.Time       `json:"until"`  // it is not sent later
	Report bool            `json:"report"` // a delivery report is asked for
	PDUs   []string        `json:"pdus"`   // hex, one for each part, without service centre: sent as they stand; by SMPP submit_sm

	Centre  CentreID  `json:"centre,omitempty"`  // by which it leaves, in place of a card
	Sender  string    `json:"sender,omitempty"`  // that a centre shows, where it is no number
	Why     string    `json:"why,omitempty"`     // it leaves by this way
	Program ProgramID `json:"program,omitempty"` // that sent it
	Receipt byte      `json:"receipt,omitempty"` // what the program wants to be told: registered_delivery, SMPP 3.4 §5.2.17
	Shadow  ShadowID  `json:"shadow,omitempty"`  // of the attempt that sends it
}

// MessageTried says that a part is about to be given to a module; it is on disk before that is done.
type MessageTried struct {
	At   time.Time `json:"at"`
	Part int       `json:"part"` // from 1
}

// MessagePassed says that the network took a part.
type MessagePassed struct {
	At        time.Time `json:"at"`
	Part      int       `json:"part"`
	Reference byte      `json:"reference"`    // by which a report names it
	ID        string    `json:"id,omitempty"` // by which a message centre's report names it
}

// MessageRefused says that the network or the module certainly did not take a part; it is tried again at Again, or,
// where that is zero, never.
type MessageRefused struct {
	At    time.Time   `json:"at"`
	Part  int         `json:"part"`
	Cause cause.Cause `json:"cause"`
	Again time.Time   `json:"again,omitzero"`
}

// MessageSettled ends a message for the queue: sent, failed, expired or uncertain.
type MessageSettled struct {
	At    time.Time    `json:"at"`
	State MessageState `json:"state"`
	Cause *cause.Cause `json:"cause,omitempty"`
}

// MessageReported is a status report that a card received, or a receipt of a message centre. It names the message by card,
// peer and reference, or by centre and id, only: the latest part sent so within MessageReportTime is meant.
type MessageReported struct {
	At        time.Time `json:"at"`
	SIM       ICCID     `json:"sim"`
	To        string    `json:"to"`
	Reference byte      `json:"reference"`
	Status    byte      `json:"status"` // 23.040 §9.2.3.15
	Done      time.Time `json:"done,omitzero"`
	PDU       string    `json:"pdu"`
	Key       string    `json:"key"` // the same for the same report
	Centre    CentreID  `json:"centre,omitempty"`
	ID        string    `json:"id,omitempty"`
}

// MessageReportTime is how long after a message its report is waited for.
const MessageReportTime = 48 * time.Hour

// SIMSeen says that a card was found in a port, left it, or changed its state: the card's history.
type SIMSeen struct {
	At    time.Time `json:"at"`
	SIM   ICCID     `json:"sim"`
	IMSI  string    `json:"imsi,omitempty"`
	Modem string    `json:"modem,omitempty"` // the port's name
	IMEI  string    `json:"imei,omitempty"`
	State string    `json:"state"` // "ready", "gone", "quarantined" …
	Why   string    `json:"why,omitempty"`
	// Network is the MCC and MNC, digits, of the network that it is registered to; empty: to none, or nobody tells.
	Network string `json:"network,omitempty"`
}

// BalanceSeen is what a card's balance was.
type BalanceSeen struct {
	At      time.Time `json:"at"`
	SIM     ICCID     `json:"sim"`
	Answer  string    `json:"answer"`            // of the network, as it came
	Amount  string    `json:"amount,omitempty"`  // a decimal number; empty: the pattern did not fit
	Minutes *int      `json:"minutes,omitempty"` // left
}

func (MessageCame) happening() string     { return "message_came" }
func (MessageAccepted) happening() string { return "message_accepted" }
func (MessageTried) happening() string    { return "message_tried" }
func (MessagePassed) happening() string   { return "message_passed" }
func (MessageRefused) happening() string  { return "message_refused" }
func (MessageSettled) happening() string  { return "message_settled" }
func (MessageReported) happening() string { return "message_reported" }
func (SIMSeen) happening() string         { return "sim_seen" }
func (BalanceSeen) happening() string     { return "balance_seen" }
