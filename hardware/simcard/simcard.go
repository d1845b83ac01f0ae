// Package simcard reads SIM cards by their own commands: which card it is, what stands on it, and its PIN. It tries a card as
// a UICC (ETSI TS 102 221, class 00) and where the card does not know that class, as a classic SIM (3GPP TS 51.011, class
// A0). It does not decide whether a PIN may be tried (gsmgw does), never sends a PUK, and knows no reader: package pcsc has
// those. Start at Open.
package simcard

import (
	"context"
	"encoding/hex"
	"regexp"

	"roadline/fmc/cause"
	"roadline/hardware/modem"
)

// Wire carries commands to a card, one at a time.
type Wire interface {
	// Transmit returns the card's answer with the status word at its end. An error means that the card was not reached.
	Transmit(ctx context.Context, command []byte) ([]byte, error)
}

// Kind is what a card is.
type Kind string

// The kinds of card.
const (
	UICC    Kind = "UICC"
	Classic Kind = "classic SIM"
)

// Reading is what stands on a card. SIM.Service stays empty; SIM.State is ready, pin, puk or unknown.
type Reading struct {
	modem.SIM
	Kind     Kind   `json:"kind"`
	Provider string `json:"provider,omitempty"` // EF SPN: whose card it says to be
}

// Card is a card that answers. One goroutine may use it.
type Card struct {
	wire  Wire
	class byte
	app   []byte // AID of the USIM; nil on a classic SIM
}

// Files by their ids: TS 31.102 §4.2, TS 51.011 §10.
var (
	master  = []byte{0x3F, 0x00}
	gsm     = []byte{0x7F, 0x20}
	telecom = []byte{0x7F, 0x10}
	iccid   = []byte{0x2F, 0xE2}
	dir     = []byte{0x2F, 0x00}
	imsi    = []byte{0x6F, 0x07}
	msisdn  = []byte{0x6F, 0x40}
	spn     = []byte{0x6F, 0x46}
)

// usim begins the AID of every USIM: ETSI TS 101 220 annex E.
var usim = []byte{0xA0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02}

// Open finds out of which kind a card is.
func Open(ctx context.Context, w Wire) (*Card, error) {
	c := &Card{wire: w}
	_, err := c.choose(ctx, master)
	if r, ok := refused(err); ok && (r == classUnknown || r == insUnknown) {
		c.class = 0xA0
		_, err = c.choose(ctx, master)
	}
	if err == nil && c.class == 0 {
		c.app, err = c.application(ctx)
	}
	if err != nil {
		return nil, cause.Errorf(cause.Unsupported, "this is no SIM card that can be read: %w", err)
	}
	return c, nil
}

// Read reads what may be read now; what a locked card keeps back is empty, and its state says so.
func (c *Card) Read(ctx context.Context) (Reading, error) {
	r := Reading{Kind: UICC, SIM: modem.SIM{State: modem.SIMUnknown, Attempts: -1}}
	if c.class == 0xA0 {
		r.Kind = Classic
	}
	id, err := c.file(ctx, 10, master, iccid)
	if err != nil {
		return r, cause.Errorf(cause.Unavailable, "read which card it is: %w", err)
	}
	r.ICCID = swapped(id)
	if r.State, r.Attempts, err = c.pin(ctx); err != nil {
		return r, err
	}
	b, err := c.file(ctx, 9, c.home(), imsi)
	if err == nil {
		r.State, r.IMSI = modem.SIMReady, identity(b)
	} else if r.State = locked(err, r.Attempts); r.State == modem.SIMUnknown {
		return r, cause.Errorf(cause.Unavailable, "read the card's IMSI: %w", err)
	}
	if b, err = c.file(ctx, 17, c.home(), spn); err == nil && len(b) > 1 {
		r.Provider = alpha(b[1:])
	}
	if err = missing(err); err == nil && r.State == modem.SIMReady {
		r.Number, err = c.number(ctx)
	}
	return r, err
}

// locked is the state of a card that keeps its IMSI back.
func locked(err error, attempts int) modem.SIMState {
	switch r, ok := refused(err); {
	case !ok:
		return modem.SIMUnknown
	case r == pinBlocked || r == classicBlocked || attempts == 0:
		return modem.SIMPUK
	case r == denied || r == classicDenied:
		return modem.SIMPIN
	}
	return modem.SIMUnknown
}

var pinDigits = regexp.MustCompile(`^[0-9]{4,8}$`)

// EnterPIN sends the PIN, once. Whoever calls it has made sure that an attempt more is left.
func (c *Card) EnterPIN(ctx context.Context, pin string) error {
	if !pinDigits.MatchString(pin) {
		return cause.Errorf(cause.Invalid, "enter the PIN: it has four to eight digits")
	}
	padded := []byte(pin + "\xff\xff\xff\xff\xff\xff\xff\xff")[:8]
	if _, err := c.goHome(ctx); err != nil {
		return err
	}
	_, err := c.send(ctx, 0x20, 0x00, 0x01, padded)
	if _, ok := refused(err); ok {
		return cause.Errorf(cause.Denied, "enter the PIN: %w", err)
	}
	return err
}

// pin asks how many attempts are left, which costs none.
func (c *Card) pin(ctx context.Context) (modem.SIMState, int, error) {
	b, err := c.goHome(ctx)
	if err != nil {
		return modem.SIMUnknown, -1, err
	}
	if c.class == 0xA0 { // TS 51.011 §9.2.1: byte 19 is the state of CHV1
		if len(b) > 18 && b[18]&0x80 != 0 {
			return modem.SIMUnknown, int(b[18] & 0x0F), nil
		}
		return modem.SIMUnknown, -1, nil
	}
	_, err = c.command(ctx, []byte{0x00, 0x20, 0x00, 0x01, 0x00}) // TS 102 221 §11.1.9: no PIN sent, the attempts are told
	switch r, ok := refused(err); {
	case ok && r&0xFFF0 == 0x63C0:
		return modem.SIMUnknown, int(r & 0x0F), nil
	case ok && r == pinBlocked:
		return modem.SIMUnknown, 0, nil
	case ok:
		err = nil
	}
	return modem.SIMUnknown, -1, err
}

// number reads the first number that stands on the card as its own; most cards have none.
func (c *Card) number(ctx context.Context) (string, error) {
	parent := c.home()
	if c.class == 0xA0 {
		parent = telecom
	}
	if _, err := c.enter(ctx, parent); err != nil {
		return "", missing(err)
	}
	b, err := c.choose(ctx, msisdn)
	size := recordSize(c.class, b)
	if err != nil || size < 14 {
		return "", missing(err)
	}
	record, err := c.command(ctx, []byte{c.class, 0xB2, 0x01, 0x04, byte(size)})
	return dialling(record), missing(err)
}

// application finds the USIM among the applications of a UICC: EF DIR, TS 102 221 §13.1.
func (c *Card) application(ctx context.Context) ([]byte, error) {
	b, err := c.choose(ctx, dir)
	if err != nil {
		return nil, err
	}
	size := recordSize(c.class, b)
	for n := byte(1); n < 16; n++ {
		record, err := c.command(ctx, []byte{c.class, 0xB2, n, 0x04, byte(size)})
		if err != nil {
			return nil, err // of a record that is not there, too: no record before it was a USIM's
		}
		if aid := within(within(record, 0x61), 0x4F); len(aid) >= len(usim) && hex.EncodeToString(aid[:len(usim)]) == hex.EncodeToString(usim) {
			return aid, nil
		}
	}
	return nil, cause.Errorf(cause.Unsupported, "it has no USIM")
}
