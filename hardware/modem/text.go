package modem

import (
	"context"
	"time"
)

// Texter is a Modem that takes and gives whole texts in the place of PDUs, as the ports of SIP-GSM gateways do: the
// gateway cuts and joins the parts itself. Its Send is of kind cause.Unsupported, and nothing ever lies in its storages.
type Texter interface {
	Modem
	// SendText sends a text and returns the reference that its report will name. A text that was cut has one reference for
	// all its parts. Errors are those of Send: see Uncertain, Temporary and Unready. It is never tried twice.
	SendText(ctx context.Context, to, text string) (reference byte, err error)
	// Kept tells the gateway that what came with this token is on disk: it may forget it. Until then it may tell it again.
	Kept(ctx context.Context, token string) error
}

// Of is which card something is of. A driver says the IMSI where its box does, and leaves Card to gateway.Line.
type Of struct {
	Card string // ICCID; empty: not known
	IMSI string // as the box says it; empty: it does not
}

// TextCame is a text that a gateway gives out. What is told again has the same Token, also after a restart of ours.
type TextCame struct {
	Of
	Token     string // names it to Kept; together with the card and the text it is the message's identity
	From      string // as the gateway wrote it
	Text      string
	Sent      time.Time // zero: the gateway does not say
	Parts     int       // how many parts the text has; 0: it is whole
	Part, Ref int       // of a part: which, and of which text
}

// TextReported is what became of a text of ours.
type TextReported struct {
	Of
	Token     string // as of TextCame; empty: nothing is to be acknowledged
	To        string
	Reference byte
	Status    byte      // 3GPP TS 23.040 §9.2.3.15
	Done      time.Time // zero: the gateway does not say
}

func (TextCame) event()     {}
func (TextReported) event() {}
