// Package sipcore turns SIP into legs. It owns the sockets, what may pass them, dialogs, the registrar, trunks, passwords
// both ways and the guard against floods and guessing. It is the only importer of sipgo, of which it uses the parser,
// the transports and the transaction layer; everything above a transaction is here.
//
// It never decides about a call (fmc/plan does), never touches audio (media does) and never keeps anything: bindings
// are handed to a Keeper.
//
// A message passes: socket (listener_udp.go, listener_tcp.go) → package guard, who may speak and how often → package wire, is
// it SIP at all, in one canonical writing, and the status that RFC 3261 wants for a bad one → sipgo's transaction layer →
// edge_route.go, which brings it on: registrar.go, a dialog, or a new call; whoever is no trunk of ours proves who he is first
// (password.go, package digest). What a phone asks of its calls (refer.go, replaces.go) becomes a wish or a question of the
// call. Start reading at Agent.
package sipcore

import (
	"log/slog"
	"net/netip"
	"time"

	"roadline/fmc/cause"
	"roadline/sipcore/digest"
	"roadline/sipcore/guard"
)

// Options are what an Agent needs to know of its machine. The zero value listens on loopback and private addresses only
// and knows no accounts.
type Options struct {
	Listen   Listen
	Limits   Limits
	Guard    guard.Limits // what strangers may ask
	Digest   digest.Options
	Accounts digest.Accounts  // who may register and call; nil: nobody
	Keeper   Keeper           // where bindings are written behind; nil: nowhere
	Log      *slog.Logger     // nil: nothing is logged
	Now      func() time.Time // the node's clock, with its monotonic reading; needed
	Product  string           // User-Agent and Server header, default "Roadline"
}

// Listen says on which addresses the agent is reached.
type Listen struct {
	UDP, TCP []netip.AddrPort // both empty: port 5060 of every loopback and private address of the machine
}

// Limits bound what connections can cost. Zero values take the defaults named at each field.
type Limits struct {
	MaxConns      int           // streams in all, 4096
	MaxConnsPerIP int           // streams from one address, 50
	FirstMessage  time.Duration // for a message to arrive completely, 5 s
	Idle          time.Duration // for a stream that neither registered nor carries a call, 120 s
	UDPGeneration int           // sources after which a UDP socket forgets the idle ones, 8192; see listener_udp.go
	linger        time.Duration // how long answers may still need a generation that reads no more, 5 s
}

func (l Limits) withDefaults() Limits {
	set(&l.MaxConns, 4096)
	set(&l.MaxConnsPerIP, 50)
	set(&l.FirstMessage, 5*time.Second)
	set(&l.Idle, 120*time.Second)
	set(&l.UDPGeneration, 8192)
	set(&l.linger, 5*time.Second)
	return l
}

func set[T comparable](v *T, otherwise T) {
	var zero T
	if *v == zero {
		*v = otherwise
	}
}

func (o Options) withDefaults() Options {
	o.Limits = o.Limits.withDefaults()
	set(&o.Product, "Roadline")
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// check refuses options that cannot work, with what to write instead.
func (o Options) check() error {
	if o.Now == nil {
		return cause.Errorf(cause.Invalid, "an agent needs the node's clock")
	}
	for _, a := range append(append([]netip.AddrPort(nil), o.Listen.UDP...), o.Listen.TCP...) {
		if !a.IsValid() {
			return cause.Errorf(cause.Invalid, "listen address %q: write ip:port, [ip]:port for IPv6", a)
		}
	}
	return nil
}
