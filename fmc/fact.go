package fmc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"roadline/callerid"
	"roadline/fmc/cause"
)

// Fact is one thing that happened in a call: what the journal holds, and what a record is folded from. Facts are
// written as versioned JSON that later versions go on reading: fields are added, never renamed, and no digit of a
// secret stands in one.
type Fact struct {
	Company CompanyID
	Call    CallID        // empty where it is of a message or a card
	Message MessageID     // where it is of a message: see message.go
	At      time.Duration // since the call began
	Body    Happening
}

// Happening is the body of a fact: one of the types of this file.
type Happening interface{ happening() string }

// Opened is the first fact of every call.
type Opened struct {
	Began     time.Time       `json:"began"` // UTC; the only wall-clock time of a call
	Direction Direction       `json:"direction"`
	From      callerid.Number `json:"from,omitzero"`
	To        callerid.Number `json:"to,omitzero"`        // the company's number called, or what was dialled
	Diversion callerid.Number `json:"diversion,omitzero"` // by which number, such as a SIM's, the call was diverted to us
	Trunk     TrunkID         `json:"trunk,omitempty"`
	Account   AccountID       `json:"account,omitempty"`
	Employee  EmployeeID      `json:"employee,omitempty"` // who called, where a person of the company did
	Private   bool            `json:"private,omitempty"`  // of a person alone: no number outside stands in the record, and nobody else sees it
	Promised  CallID          `json:"promised,omitempty"` // by which call this one was promised: see Wanted
}

// LegBegan says that a leg was offered to us or dialled by us.
type LegBegan struct {
	Leg      LegID           `json:"leg"`
	Offered  bool            `json:"offered,omitempty"`
	Role     Role            `json:"role"`
	Employee EmployeeID      `json:"employee,omitempty"`
	Group    GroupID         `json:"group,omitempty"` // on whose behalf the person is rung: the group's turn advances
	Device   DeviceID        `json:"device,omitempty"`
	Number   callerid.Number `json:"number,omitzero"`
	Line     LineID          `json:"line,omitempty"`
	Shown    callerid.Shown  `json:"shown,omitzero"`
	Confirm  bool            `json:"confirm,omitempty"`
}

// LegIs says that a leg's link changed.
type LegIs struct {
	Leg    LegID           `json:"leg"`
	Link   Link            `json:"link"`
	Line   LineID          `json:"line,omitempty"`  // the line that carries it, once known
	Shown  *callerid.Shown `json:"shown,omitempty"` // what its far side sees on that line
	Cause  *cause.Cause    `json:"cause,omitempty"`
	Dialog *Dialog         `json:"dialog,omitempty"`
	// Quality comes with Gone, where the line measures.
	Quality *LegQuality `json:"quality,omitempty"`
}

// Dialog is what a restarted server needs to hang up a SIP leg it no longer has: RFC 3261 §12.
type Dialog struct {
	Transport string   `json:"transport"` // "udp", "tcp"
	Local     string   `json:"local"`     // our listener, address:port
	Remote    string   `json:"remote"`    // where requests were last sent, address:port
	CallID    string   `json:"call_id"`
	LocalURI  string   `json:"local_uri"`
	LocalTag  string   `json:"local_tag"`
	RemoteURI string   `json:"remote_uri"`
	RemoteTag string   `json:"remote_tag"`
	Target    string   `json:"target"` // the far side's Contact
	Routes    []string `json:"routes,omitempty"`
	CSeq      uint32   `json:"cseq"` // of our last request
}

// Planned says that a plan was decided, on what, and keeps it whole: request and plan are fmc/plan's JSON.
type Planned struct {
	Thread     int             `json:"thread"`
	Generation int64           `json:"generation"`
	At         time.Time       `json:"at"` // the wall clock it was decided for, UTC
	Request    json.RawMessage `json:"request"`
	Plan       json.RawMessage `json:"plan"`
}

// Stepped says that a thread came to a node of its plan.
type Stepped struct {
	Thread  int    `json:"thread"`
	Node    int    `json:"node"`
	Op      string `json:"op"`
	Outcome string `json:"outcome,omitempty"` // of the node before; empty at the plan's first
}

// Keyed says what a party keyed. Secret input is counted, never kept.
type Keyed struct {
	Leg   LegID  `json:"leg"`
	Keys  string `json:"keys,omitempty"`
	Count int    `json:"count,omitempty"` // of secret input
}

// Assented says that a person who must confirm did, or refused.
type Assented struct {
	Leg    LegID  `json:"leg"`
	Assent Assent `json:"assent"`
}

// Announced says that a party heard the notice to its end.
type Announced struct {
	Leg      LegID         `json:"leg"`
	Prompt   PromptID      `json:"prompt"`
	Version  string        `json:"version,omitempty"` // of text and voice
	Language string        `json:"language,omitempty"`
	From     time.Duration `json:"from"` // on the call's clock, as At is
}

// Recognised says that a party is a person of the company, and how that is known.
type Recognised struct {
	Leg      LegID      `json:"leg"`
	Employee EmployeeID `json:"employee"`
	Device   DeviceID   `json:"device,omitempty"`
	By       Assurance  `json:"by"`
}

// Alerted says that something happened which somebody should look at.
type Alerted struct {
	Alert
}

// RefusedTape says that a client who heard the notice has the call go on unrecorded.
type RefusedTape struct {
	Leg LegID  `json:"leg"`
	Key string `json:"key"`
}

// Texted says that a person of the company is sent a text about the call.
type Texted struct {
	Employee EmployeeID      `json:"employee,omitempty"`
	To       callerid.Number `json:"to"`
	Text     string          `json:"text"`
}

// Listened says that a person heard a message that was left for them, to its end.
type Listened struct {
	Leg      LegID      `json:"leg"`
	Employee EmployeeID `json:"employee"`
	Prompt   PromptID   `json:"prompt"` // as NewMail names it
}

// Wanted says that a call of its own follows this one: the person is called back. It holds what a later start needs to keep
// the promise, if none began the call before.
type Wanted struct {
	Employee EmployeeID      `json:"employee"`
	Digits   string          `json:"digits,omitempty"` // whom they want then
	After    time.Duration   `json:"after,omitempty"`
	Due      time.Time       `json:"due,omitzero"`    // UTC; zero: written before promises were kept over a restart
	From     callerid.Number `json:"from,omitzero"`   // where they asked from
	Show     callerid.Number `json:"show,omitzero"`   // what they want to be seen outside
	Round    int             `json:"round,omitempty"` // how often they did not answer
	Busy     int             `json:"busy,omitempty"`  // how often the number they want was busy
	Private  bool            `json:"private,omitempty"`
}

// promiseKept is how late a promise is still kept: later the person would not know what the call is about.
const promiseKept = 15 * time.Minute

// Late reports that the person is not called back any more.
func (w Wanted) Late(now time.Time) bool { return now.Sub(w.Due) > promiseKept }

// Talking says who hears whom from now on. No conversations: everybody is apart.
type Talking struct {
	Talks []Conversation `json:"talks,omitempty"`
}

// Conversation is legs that hear each other; one leg alone on tape is a message left.
type Conversation struct {
	Legs []LegID `json:"legs"`
	Tape bool    `json:"tape,omitempty"`
	Mail bool    `json:"mail,omitempty"`
}

// LegHeld says that the far end of a leg put us on hold, or took us off; or that a person of the company put the leg on
// hold by key.
type LegHeld struct {
	Leg  LegID      `json:"leg"`
	Held bool       `json:"held"`
	Key  bool       `json:"key,omitempty"` // by key: the two holds of a leg end apart
	By   EmployeeID `json:"by,omitempty"`  // who pressed it
}

// TapeIs says how the call's recording stands.
type TapeIs struct {
	State TapeState    `json:"state"`
	Cause *cause.Cause `json:"cause,omitempty"`
}

// TapePaused says that recording was stopped for a while, by whom and why, or goes on.
type TapePaused struct {
	Paused bool       `json:"paused"`
	By     EmployeeID `json:"by,omitempty"`
	Why    string     `json:"why,omitempty"`
}

// Marked is a moment that a person marked in the recording.
type Marked struct {
	By EmployeeID `json:"by,omitempty"`
}

// Mailed says that a message was left for a group or a person.
type Mailed struct {
	Leg      LegID         `json:"leg"`
	Group    GroupID       `json:"group,omitempty"`
	Employee EmployeeID    `json:"employee,omitempty"`
	Prompt   PromptID      `json:"prompt,omitempty"` // what was said is a prompt of the company
	From     time.Duration `json:"from"`             // on the call's clock
}

// Passed says that a leg came to this call or went to another.
type Passed struct {
	Leg  LegID  `json:"leg"`
	From CallID `json:"from,omitempty"`
	To   CallID `json:"to,omitempty"`
	Gift Gift   `json:"gift"`
}

// Merged says that this call's contact is told by another call's record.
type Merged struct {
	Into CallID `json:"into"`
}

// Kept says that the call's sound was delivered as a file. It comes after Closed.
type Kept struct {
	File    string          `json:"file"`  // within the recordings' folder
	Bytes   int64           `json:"bytes"` // of the file
	SHA256  string          `json:"sha256"`
	Opened  time.Duration   `json:"opened"`            // where the file begins, on the call's clock
	Length  time.Duration   `json:"length"`            // of the file
	Gaps    []RecordingSpan `json:"gaps,omitempty"`    // where sound was lost
	Tracks  []KeptTrack     `json:"tracks,omitempty"`  // of each party alone, where one of them has no channel of their own
	Salvage bool            `json:"salvage,omitempty"` // finished at a restart: the server was killed
}

// KeptTrack is what one party said as a file of its own, on the timeline of the call's.
type KeptTrack struct {
	File   string `json:"file"` // within the recordings' folder
	Leg    LegID  `json:"leg"`
	Role   Role   `json:"role,omitempty"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Closed is the fact that ends every call; only Kept may follow.
type Closed struct {
	Cause       cause.Cause `json:"cause"`
	By          LegID       `json:"by,omitzero"`           // the leg whose end ended the call
	Interrupted bool        `json:"interrupted,omitempty"` // written at recovery, for a server that was killed
}

func (Opened) happening() string      { return "opened" }
func (LegBegan) happening() string    { return "leg_began" }
func (LegIs) happening() string       { return "leg_is" }
func (Planned) happening() string     { return "planned" }
func (Stepped) happening() string     { return "stepped" }
func (Keyed) happening() string       { return "keyed" }
func (Assented) happening() string    { return "assented" }
func (Announced) happening() string   { return "announced" }
func (Recognised) happening() string  { return "recognised" }
func (Alerted) happening() string     { return "alerted" }
func (RefusedTape) happening() string { return "refused_tape" }
func (Texted) happening() string      { return "texted" }
func (Listened) happening() string    { return "listened" }
func (Wanted) happening() string      { return "wanted" }
func (Talking) happening() string     { return "talking" }
func (LegHeld) happening() string     { return "leg_held" }
func (TapeIs) happening() string      { return "tape_is" }
func (TapePaused) happening() string  { return "tape_paused" }
func (Marked) happening() string      { return "marked" }
func (Mailed) happening() string      { return "mailed" }
func (Passed) happening() string      { return "passed" }
func (Merged) happening() string      { return "merged" }
func (Kept) happening() string        { return "kept" }
func (Closed) happening() string      { return "closed" }

// Kind is the name of what happened: "leg_is".
func (f Fact) Kind() string {
	if f.Body == nil {
		return ""
	}
	return f.Body.happening()
}

// factVersion is written into every fact; a reader refuses a higher one.
const factVersion = 1

type factJSON struct {
	Version int             `json:"v"`
	Kind    string          `json:"kind"`
	Company CompanyID       `json:"company"`
	Call    CallID          `json:"call"`
	Message MessageID       `json:"message,omitempty"`
	At      time.Duration   `json:"at"` // ns
	Body    json.RawMessage `json:"body"`
}

// MarshalJSON writes the fact with its kind and version.
func (f Fact) MarshalJSON() ([]byte, error) {
	if f.Body == nil {
		return nil, cause.Errorf(cause.Invalid, "fact of call %s: no body", f.Call)
	}
	body, err := json.Marshal(f.Body)
	if err != nil {
		return nil, fmt.Errorf("fact %s of call %s: %w", f.Kind(), f.Call, err)
	}
	// By hand: every fact of every call passes here, and the body is whole already.
	b := make([]byte, 0, len(body)+160)
	b = append(b, `{"v":`...)
	b = strconv.AppendInt(b, factVersion, 10)
	b = append(b, `,"kind":`...)
	b = strconv.AppendQuote(b, f.Kind())
	b = append(b, `,"company":`...)
	b = appendString(b, string(f.Company))
	b = append(b, `,"call":`...)
	b = appendString(b, string(f.Call))
	if f.Message != "" {
		b = append(b, `,"message":`...)
		b = appendString(b, string(f.Message))
	}
	b = append(b, `,"at":`...)
	b = strconv.AppendInt(b, int64(f.At), 10)
	b = append(b, `,"body":`...)
	b = append(b, body...)
	return append(b, '}'), nil
}

// appendString appends a JSON string; ids need no escapes.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, err := json.Marshal(s)
			if err != nil { // a string marshals
				return append(b, `""`...)
			}
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// UnmarshalJSON reads what MarshalJSON wrote. A kind or version of a later build is an error of kind
// cause.Unsupported: such a journal is drained by the build that wrote it.
func (f *Fact) UnmarshalJSON(b []byte) error {
	if in, plain := readPlain(b); plain && f.read(in) == nil {
		return nil
	}
	var in factJSON
	if err := json.Unmarshal(b, &in); err != nil {
		return cause.Errorf(cause.Invalid, "fact: %w", err)
	}
	return f.read(in)
}

func (f *Fact) read(in factJSON) error {
	if in.Version > factVersion {
		return cause.Errorf(cause.Unsupported, "fact of version %d: this build reads up to %d", in.Version, factVersion)
	}
	body, err := readHappening(in.Kind, in.Body)
	if err != nil {
		return fmt.Errorf("fact of call %s: %w", in.Call, err)
	}
	*f = Fact{Company: in.Company, Call: in.Call, Message: in.Message, At: in.At, Body: body}
	return nil
}

// readPlain reads the head of a fact as MarshalJSON writes it, so that the body is looked through once and not three
// times: every fact of every call passes here on its way to PostgreSQL. plain is false for any other writing.
func readPlain(b []byte) (in factJSON, plain bool) {
	rest := b
	value := func(name, end string) string {
		after, ok := bytes.CutPrefix(rest, []byte(name))
		v, tail, found := bytes.Cut(after, []byte(end))
		if !ok || !found {
			rest = nil
			return ""
		}
		rest = tail
		return string(v)
	}
	version := value(`{"v":`, `,`)
	in.Kind = value(`"kind":"`, `",`)
	in.Company = CompanyID(value(`"company":"`, `",`))
	in.Call = CallID(value(`"call":"`, `",`))
	if bytes.HasPrefix(rest, []byte(`"message":`)) {
		in.Message = MessageID(value(`"message":"`, `",`))
	}
	at := value(`"at":`, `,`)
	body, ok := bytes.CutPrefix(rest, []byte(`"body":`))
	if !ok || len(body) < 2 || strings.ContainsRune(in.Kind+string(in.Company)+string(in.Call)+string(in.Message), '\\') {
		return factJSON{}, false
	}
	in.Body = body[:len(body)-1]
	var errs [2]error
	in.Version, errs[0] = strconv.Atoi(version)
	ns, err := strconv.ParseInt(at, 10, 64)
	in.At, errs[1] = time.Duration(ns), err
	return in, body[len(body)-1] == '}' && errors.Join(errs[:]...) == nil
}

func readHappening(kind string, body []byte) (Happening, error) {
	switch kind {
	case Opened{}.happening():
		return readAs[Opened](body)
	case LegBegan{}.happening():
		return readAs[LegBegan](body)
	case LegIs{}.happening():
		return readAs[LegIs](body)
	case Planned{}.happening():
		return readAs[Planned](body)
	case Stepped{}.happening():
		return readAs[Stepped](body)
	case Keyed{}.happening():
		return readAs[Keyed](body)
	case Assented{}.happening():
		return readAs[Assented](body)
	case Announced{}.happening():
		return readAs[Announced](body)
	case Recognised{}.happening():
		return readAs[Recognised](body)
	case Alerted{}.happening():
		return readAs[Alerted](body)
	case RefusedTape{}.happening():
		return readAs[RefusedTape](body)
	case Texted{}.happening():
		return readAs[Texted](body)
	case Listened{}.happening():
		return readAs[Listened](body)
	case Wanted{}.happening():
		return readAs[Wanted](body)
	case Talking{}.happening():
		return readAs[Talking](body)
	case LegHeld{}.happening():
		return readAs[LegHeld](body)
	case TapeIs{}.happening():
		return readAs[TapeIs](body)
	case TapePaused{}.happening():
		return readAs[TapePaused](body)
	case Marked{}.happening():
		return readAs[Marked](body)
	case Mailed{}.happening():
		return readAs[Mailed](body)
	case Passed{}.happening():
		return readAs[Passed](body)
	case Merged{}.happening():
		return readAs[Merged](body)
	case Kept{}.happening():
		return readAs[Kept](body)
	case Closed{}.happening():
		return readAs[Closed](body)
	case MessageCame{}.happening():
		return readAs[MessageCame](body)
	case MessageAccepted{}.happening():
		return readAs[MessageAccepted](body)
	case MessageTried{}.happening():
		return readAs[MessageTried](body)
	case MessagePassed{}.happening():
		return readAs[MessagePassed](body)
	case MessageRefused{}.happening():
		return readAs[MessageRefused](body)
	case MessageSettled{}.happening():
		return readAs[MessageSettled](body)
	case MessageReported{}.happening():
		return readAs[MessageReported](body)
	case SIMSeen{}.happening():
		return readAs[SIMSeen](body)
	case BalanceSeen{}.happening():
		return readAs[BalanceSeen](body)
	case TrunkSeen{}.happening():
		return readAs[TrunkSeen](body)
	case LimitSeen{}.happening():
		return readAs[LimitSeen](body)
	case USSDSeen{}.happening():
		return readAs[USSDSeen](body)
	case ModeSet{}.happening():
		return readAs[ModeSet](body)
	case ShadowBegan{}.happening():
		return readAs[ShadowBegan](body)
	case ShadowEnded{}.happening():
		return readAs[ShadowEnded](body)
	case ForwardingSeen{}.happening():
		return readAs[ForwardingSeen](body)
	case CardMoved{}.happening():
		return readAs[CardMoved](body)
	}
	return nil, cause.Errorf(cause.Unsupported, "kind %q is not known to this build", kind)
}

func readAs[T Happening](body []byte) (Happening, error) {
	var v T
	if err := json.Unmarshal(body, &v); err != nil {
		return nil, cause.Errorf(cause.Invalid, "%s: %w", v.happening(), err)
	}
	return v, nil
}
