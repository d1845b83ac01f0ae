// Package gateway is a SIP-GSM gateway as everything above its vendor's protocol sees it: a box with SIM cards in its
// ports, each of which is a line. A line has two sides. The control side is the vendor's: how the port stands, texts,
// USSD, block and restart, by whatever protocol the box speaks. The speech side is SIP, the same for all, and comes from
// whoever owns SIP as a Voice. Open joins the two to a modem.Modem, so that a gateway's line is leased, chosen, watched
// and put away like the line of any module.
//
// It speaks no protocol: a vendor is a folder beside this one, a line in hardware.Gateways, and what gatewaytest wants.
// Start at Vendor, then Line and Module.
package gateway

import (
	"context"
	"log/slog"
	"time"

	"roadline/hardware/modem"
)

// Vendor is what differs from maker to maker: what a box is able to do, what is odd about it, and the driver.
type Vendor struct {
	Name string
	Can  modem.Capabilities
	// Clear says which secrets travel readable to everybody on the way; empty: none does. It is for doctor, in a sentence.
	Clear  string
	Quirks []string // for people: firmware, and where it was seen
	Open   func(Options) (Gateway, error)
}

// Gateway is one box. A driver starts nothing before Run.
type Gateway interface {
	// Run speaks with the box until ctx ends, through its restarts and absences. An error is one that trying again does
	// not mend: the address to listen at is taken.
	Run(ctx context.Context) error
	// Lines are its lines in the order of Options.Lines, the same for life.
	Lines() []*Line
}

// Control is what a vendor's driver does for one line. Each method waits for the box; any goroutine may call them, and
// drivers take one question of a line at a time. Errors carry a kind: unavailable (the box is silent or away), denied
// (secret or allow-list), unsupported (this vendor cannot), busy, invalid.
type Control interface {
	// SendText is documented at modem.Texter. A driver repeats nothing by which the box could send a text twice.
	SendText(ctx context.Context, to, text string) (reference byte, err error)
	// Kept is documented at modem.Texter.
	Kept(ctx context.Context, token string) error
	// Ask sends a USSD string, or an answer within the session that is open, and waits for the network.
	Ask(ctx context.Context, text string) (modem.USSD, error)
	// Cancel ends the USSD session.
	Cancel(context.Context) error
	// Block takes the port out of the network, or back into it.
	Block(ctx context.Context, on bool) error
	// Restart starts the port's module anew.
	Restart(context.Context) error
}

// Options are what a driver needs. Which of the addresses and secrets a vendor uses stands at its package.
type Options struct {
	Name    string // of the box, for people and logs
	Address string // host:port, or URL, at which we reach it
	// Certificate is the SHA-256 of its certificate in hex, where it serves HTTPS with one of its own making; empty: one
	// that the machine trusts is wanted.
	Certificate string
	Listen      string // host:port at which it reaches us
	User        string // of the box
	Secret      string
	Lines       []Port
	// Cards are the ICCIDs of cards by their IMSI, for boxes that tell the IMSI only.
	Cards  map[string]string
	Book   *Book // numbers that must not be given twice, also after a restart
	Now    func() time.Time
	Log    *slog.Logger
	Timing Timing
}

// Port is one port of a box as the machine's file has it.
type Port struct {
	ID      string // as the box names it: "goip1", "0", "gsm-1.1"
	Secret  string // where each line has one of its own
	Account bool   // its calls go by a SIP account of its own: without it registered there is no voice
}

// Timing is how patient a driver is. Zero values take the default named at each.
type Timing struct {
	Answer time.Duration // for one answer of the box, before the question is repeated where it may be; 5 s
	Send   time.Duration // for the network to take a text; 2 min
	Poll   time.Duration // between two questions how the ports stand; 10 s
	Silent time.Duration // without a word from the box after which its lines are gone; 90 s
}

// WithDefaults fills in what is zero.
func (t Timing) WithDefaults() Timing {
	for _, row := range []struct {
		at *time.Duration
		d  time.Duration
	}{{&t.Answer, 5 * time.Second}, {&t.Send, 2 * time.Minute}, {&t.Poll, 10 * time.Second}, {&t.Silent, 90 * time.Second}} {
		if *row.at == 0 {
			*row.at = row.d
		}
	}
	return t
}
