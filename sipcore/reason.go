package sipcore

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc/cause"
	"roadline/sipcore/wire"
)

// Thresholds of FLOWS E0, "Causes".
const (
	longAlerting  = 10 * time.Second // a 480 after this much alerting means that nobody answered
	shortAlerting = 2 * time.Second  // a 486 within this much alerting means that the person pressed "decline"
)

// outcome is what is known when an INVITE of ours has failed.
type outcome struct {
	Status   int
	Q850     int           // of a Reason header, 0 where there is none
	Rang     bool          // a 180 (or 182) was heard
	Alerting time.Duration // how long since then
	Heard    bool          // anything above 100 was heard
}

// causeOf tells why an INVITE of ours failed. The order is FLOWS E0: a Q.850 reason, then what this trunk is known to
// mean by a status, then the table.
func causeOf(o outcome, exceptions map[int]cause.Meaning) cause.Cause {
	if m := setupMeaning(o.Q850); m != cause.Unknown {
		return answered(m, o)
	}
	if m, ok := exceptions[o.Status]; ok {
		return answered(m, o)
	}
	return statusCause(o)
}

// answered makes the cause of a meaning, with the value the network gave and the status in the sentence.
func answered(m cause.Meaning, o outcome) cause.Cause {
	c := cause.Of(m)
	if o.Q850 != 0 {
		c.Q850 = o.Q850
	}
	c.Text += fmt.Sprintf(" (SIP %d)", o.Status)
	return c
}

// setupMeaning reads a Q.850 value before the answer: 31, 41 and 102 mean "lost" only in speech; before it 41 is
// congestion and the others say nothing.
func setupMeaning(q850 int) cause.Meaning {
	switch m := cause.FromQ850(q850); {
	case q850 == 41:
		return cause.Congested
	case m == cause.Lost, m == cause.Hangup:
		return cause.Unknown
	default:
		return m
	}
}

// statusCause is the table SIP status → meaning.
func statusCause(o outcome) cause.Cause {
	switch s := o.Status; {
	case s == 486 && o.Rang && o.Alerting <= shortAlerting:
		return answered(cause.Declined, o)
	case s == 486 || s == 600:
		return answered(cause.Busy, o)
	case s == 480 && o.Rang && o.Alerting >= longAlerting:
		return answered(cause.NoAnswer, o)
	case s == 480:
		return answered(cause.Unreachable, o)
	case s == 408 && !o.Heard:
		return answered(cause.Congested, o) // FLOWS E1 7a: the next trunk
	case s == 408 || s == 487:
		return answered(cause.NoAnswer, o)
	case s == 404 || s == 410 || s == 416 || s == 484 || s == 485 || s == 604 || s == 300 || s == 301:
		return answered(cause.WrongNumber, o)
	case s == 429 || s == 433 || s >= 436 && s <= 438:
		return answered(cause.CallerIDRefused, o) // RFC 3892, RFC 5079, RFC 8224 §6.2.2
	case s == 406 || s == 415 || s == 488 || s == 580 || s == 606:
		return answered(cause.MediaRefused, o)
	case s >= 600 || s >= 300 && s < 400:
		return answered(cause.Declined, o) // 603, 607, 608; a phone that redirects does not take the call
	case s >= 500:
		return answered(cause.Congested, o)
	case s == 403:
		c := answered(cause.Unknown, o)
		c.Fault, c.Text = cause.FaultCarrier, "The carrier forbids this call (SIP 403)."
		return c
	case s == 401 || s == 407:
		return cause.Because(cause.Failed, "The trunk asks for a password and did not take ours (SIP %d).", s)
	default:
		return cause.Because(cause.Failed, "The other side did not understand our request (SIP %d).", s)
	}
}

// byeCause tells why an answered call ended: FLOWS E0, "lost in speech": cause 16 or none is a person who hung up, any
// other Q.850 value is a loss.
func byeCause(q850 int) cause.Cause {
	if q850 == 0 || q850 == 16 {
		return cause.Of(cause.Hangup)
	}
	c := cause.Of(cause.Lost)
	c.Q850 = q850
	return c
}

// statusRow is the table meaning → final response. One company's refusals are 403, 480 and 486: carriers take a 503
// for a dead trunk, so it is kept for the node as a whole (FLOWS E0).
var statusRow = map[cause.Meaning]int{
	cause.Busy:            486,
	cause.NoAnswer:        480,
	cause.Unreachable:     480,
	cause.Declined:        603,
	cause.Congested:       480,
	cause.WrongNumber:     404,
	cause.CallerIDRefused: 480,
	cause.MediaRefused:    488,
	cause.LineFault:       480,
	cause.Lost:            480,
	cause.Cancelled:       487,
	cause.TakenElsewhere:  480,
	cause.Unconfirmed:     480,
	cause.Refused:         403,
	cause.Failed:          500,
	cause.Interrupted:     503,
	cause.Hangup:          480,
	cause.Unknown:         480,
}

// statusOf returns the final response that refuses an INVITE for this cause.
func statusOf(c cause.Cause) int {
	if s, ok := statusRow[c.Meaning]; ok {
		return s
	}
	return 480
}

// kindRow is the table kind of error → final response.
var kindRow = map[cause.Kind]int{
	cause.Invalid:     400,
	cause.NotFound:    404,
	cause.Denied:      403,
	cause.Conflict:    480,
	cause.NoRoom:      486,
	cause.Unavailable: 503,
	cause.Unsupported: 488,
}

// statusOfError returns the final response for an error that stopped an INVITE before it became a call.
func statusOfError(err error) int {
	if s, ok := kindRow[cause.KindOf(err)]; ok {
		return s
	}
	return 500
}

// phrases are the reason phrases of the statuses we send ourselves.
var phrases = map[int]string{
	100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 202: "Accepted",
	400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 415: "Unsupported Media Type",
	416: "Unsupported URI Scheme",
	420: "Bad Extension", 422: "Session Interval Too Small", 469: "Bad Info Package", 480: "Temporarily Unavailable",
	481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 486: "Busy Here", 487: "Request Terminated",
	488: "Not Acceptable Here", 491: "Request Pending", 500: "Server Internal Error", 503: "Service Unavailable", 603: "Decline",
}

// reasonQ850 reads the Q.850 value of a message's Reason headers (RFC 3326 §2), 0 where there is none.
func reasonQ850(msg sip.Message) int {
	for _, v := range values(msg, "reason") {
		proto, p := params(v)
		if n, err := strconv.Atoi(p.GetOr("cause", "")); err == nil && strings.EqualFold(proto, "Q.850") && n > 0 && n < 128 {
			return n
		}
	}
	return 0
}

// completedElsewhere reports whether a CANCEL or BYE says that another device took the call (RFC 3326 §2).
func completedElsewhere(msg sip.Message) bool {
	for _, v := range values(msg, "reason") {
		if proto, p := params(v); strings.EqualFold(proto, "SIP") && p.GetOr("cause", "") == "200" {
			return true
		}
	}
	return false
}

// reasonHeaders writes why we end a leg. A phone whose call another one took must not show a missed call: RFC 3326 gives
// the SIP reason for exactly that.
func reasonHeaders(c cause.Cause) []sip.Header {
	if c.Meaning == cause.TakenElsewhere {
		return []sip.Header{sip.NewHeader("Reason", `SIP;cause=200;text="Call completed elsewhere"`)}
	}
	if c.Q850 == 0 {
		return nil
	}
	return []sip.Header{sip.NewHeader("Reason", fmt.Sprintf("Q.850;cause=%d;text=%s", c.Q850, wire.Quote(c.Meaning.String())))}
}
