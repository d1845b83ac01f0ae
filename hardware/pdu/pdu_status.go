package pdu

import "fmt"

// StatusCode is TP-Status, 3GPP TS 23.040 §9.2.3.15.
type StatusCode byte

// Outcome is what a status means for the one who sent the message.
type Outcome string

// The outcomes. All but StillTrying are final.
const (
	Delivered     Outcome = "delivered"
	StillTrying   Outcome = "still_trying"    // the centre will report again
	FailedForGood Outcome = "failed_for_good" // trying again does not help
	GaveUp        Outcome = "gave_up"         // the reason may pass, but the centre does not try any more
)

// Outcome sorts the status. What is reserved counts as a refusal of the service, as the standard asks.
func (s StatusCode) Outcome() Outcome {
	switch {
	case s < 0x20:
		return Delivered
	case s < 0x40:
		return StillTrying
	case s < 0x60:
		return FailedForGood
	default:
		return GaveUp
	}
}

// statusTexts are the values that the standard names. The temporary ones from 0x20 come again from 0x60, when the centre
// has stopped.
var statusTexts = map[StatusCode]string{
	0x00: "the phone has it",
	0x01: "passed on; the centre cannot tell whether the phone has it",
	0x02: "replaced by a later message",
	0x40: "the far side's network cannot deliver it",
	0x41: "the phone cannot take such a message",
	0x42: "the connection was refused",
	0x43: "the number cannot be reached by messages",
	0x44: "the service is not available there",
	0x45: "the network knows no way to the number",
	0x46: "its validity ended before the phone was reached",
	0x47: "deleted by the sender",
	0x48: "deleted by the service centre",
	0x49: "the service centre does not know it",
}

// passing are the temporary errors: of 0x20 and 0x60 upwards.
var passing = [...]string{
	"the network is congested", "the phone is busy", "the phone does not answer", "the service was refused",
	"the service is not good enough now", "the phone has an error",
}

// String says for a person what became of the message.
func (s StatusCode) String() string {
	if text, ok := statusTexts[s]; ok {
		return text
	}
	switch n := int(s & 0x1f); s.Outcome() {
	case StillTrying:
		if n < len(passing) {
			return passing[n] + "; the centre goes on trying"
		}
		return fmt.Sprintf("not delivered yet (status 0x%02x); the centre goes on trying", byte(s))
	case GaveUp:
		if n < len(passing) && s < 0x80 {
			return passing[n] + "; the centre has given up"
		}
		return fmt.Sprintf("the centre has given up (status 0x%02x)", byte(s))
	case FailedForGood:
		return fmt.Sprintf("refused for good (status 0x%02x)", byte(s))
	default:
		return fmt.Sprintf("done (status 0x%02x)", byte(s))
	}
}
