package sipcore

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc"
	"roadline/sipcore/digest"
	"roadline/sipcore/guard"
	"roadline/sipcore/wire"
)

// Agent is the node's SIP user agent: its sockets, what may pass them, the registrar, and the way out for every message.
// What a new call or a message of a dialog means is told to it by serve.
type Agent struct {
	log       *slog.Logger
	now       func() time.Time
	limits    Limits
	product   string
	listen    Listen
	sockets   sockets
	streams   *streams
	guard     *guard.Guard
	digest    *digest.Server
	accounts  digest.Accounts
	registrar *registrar
	merged    *merged
	resolver  *resolver
	tpl       *sip.TransportLayer
	txl       *sip.TransactionLayer
	up        uses
	count     counters
	done      chan struct{} // closed when Run is told to end

	mu    sync.Mutex     // guards:
	ended bool           // no request is dealt with any more
	wg    sync.WaitGroup // requests being dealt with; added to under mu
}

// uses are what the layer above does with what passes the edge. Each must return soon.
type uses struct {
	invite func(in inbound, account fmc.AccountID)                                              // a new call: the account is proved by digest; empty: from a trunk's address
	inside func(in inbound)                                                                     // a request with a To tag; an ACK comes with a nil tx. It answers 481 itself
	cancel func(in inbound)                                                                     // a CANCEL that the library found no INVITE for: it may have overtaken it
	stray  func(*sip.Response)                                                                  // a response that no transaction waits for: a late or forked 2xx
	passed func(callID string, out bool, network string, remote netip.AddrPort, message []byte) // nil: nobody overhears
	trunk  func(netip.AddrPort) bool                                                            // whether an address is a trunk's, so that it is not asked for a password
}

// counters are what the edge counts; they are read without a lock.
type counters struct {
	connsRefused, slowPeers, junk, refused, served, sendFailed atomic.Uint64
}

// setLibrary makes the process-wide settings of the library, which are the same for every agent: before the first one uses
// it, and once, since agents may be made at the same time. Its own limit would refuse any datagram above 1300 bytes,
// answers too; what to do with long messages is decided in send. The logger takes what the layers do not log through theirs.
var setLibrary = sync.OnceFunc(func() {
	sip.UDPMTUSize = wire.MaxMessage + 200
	sip.SetDefaultLogger(slog.New(slog.DiscardHandler))
})

// New makes an agent that is not yet on the network.
func New(o Options) (*Agent, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	setLibrary()
	a := &Agent{
		log: o.Log, now: o.Now, limits: o.Limits, product: o.Product, listen: o.Listen, accounts: o.Accounts,
		merged: newMerged(o.Now), resolver: newResolver(), done: make(chan struct{}),
	}
	a.guard = guard.New(o.Guard, o.Now)
	a.digest = digest.New(o.Digest, o.Accounts, o.Now)
	a.registrar = newRegistrar(o.Keeper, o.Now, a.log)
	a.streams = newStreams(a)
	quiet := slog.New(newSampled(o.Log.Handler(), o.Now))
	a.tpl = sip.NewTransportLayer(&net.Resolver{}, sip.NewParser(), nil,
		sip.WithTransportLayerLogger(quiet), sip.WithTransportLayerTransports(sip.TransportsConfig{}))
	a.txl = sip.NewTransactionLayer(a.tpl, sip.WithTransactionLayerLogger(quiet),
		sip.WithTransactionLayerUnhandledResponseHandler(a.unhandled))
	a.txl.OnRequest(a.request)
	a.serve(uses{})
	return a, nil
}

// serve says what is done with what passes; before Run. What is not said is refused.
func (a *Agent) serve(u uses) {
	if u.invite == nil {
		u.invite = func(in inbound, _ fmc.AccountID) { a.refuse(in, 480, "Temporarily Unavailable") }
	}
	if u.inside == nil {
		u.inside = func(in inbound) { a.refuse(in, 481, "Call/Transaction Does Not Exist") }
	}
	if u.cancel == nil {
		u.cancel = func(in inbound) { a.refuse(in, 481, "Call/Transaction Does Not Exist") }
	}
	if u.stray == nil {
		u.stray = func(*sip.Response) {}
	}
	if u.trunk == nil {
		u.trunk = func(netip.AddrPort) bool { return false }
	}
	a.up = u
}

// Bind opens the sockets: all, or none and an error that names the address. Nothing is read before Run.
func (a *Agent) Bind() error {
	l, err := a.listen.expand()
	if err != nil {
		return err
	}
	return a.sockets.bind(l, a)
}

// Addrs are the addresses bound, with the ports that the kernel chose.
func (a *Agent) Addrs() Listen {
	return Listen{UDP: a.sockets.addrs(wire.UDP), TCP: a.sockets.addrs(wire.TCP)}
}

// Run serves until ctx ends and returns when every goroutine of the edge has ended. It binds where Bind did not.
func (a *Agent) Run(ctx context.Context) error {
	if len(a.sockets.udp) == 0 && len(a.sockets.tcp) == 0 {
		if err := a.Bind(); err != nil {
			return err
		}
	}
	var readers sync.WaitGroup
	for _, u := range a.sockets.udp {
		readers.Go(func() { u.serve(ctx, a.tpl) })
	}
	for _, t := range a.sockets.tcp {
		t.ctx = ctx
		readers.Go(func() { _ = a.tpl.ServeTCP(t) }) // t reports nothing but its end
	}
	readers.Go(func() { _ = a.tpl.ServeTCP(a.streams.dialled) })
	readers.Go(func() { a.sweep(ctx) })
	a.log.Info("sip listening", "listener", a.Addrs().String())
	<-ctx.Done()
	close(a.done)
	a.leave()
	a.sockets.close()
	readers.Wait()
	a.streams.end()
	a.wg.Wait()
	a.txl.Close()
	_ = a.tpl.Close() // sockets that the library opened by itself; ours are closed
	return nil
}

// enter counts a message that is being dealt with, received or to be sent, until its wg.Done; false when the agent ends.
func (a *Agent) enter() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended {
		return false
	}
	a.wg.Add(1)
	return true
}

// leave lets no message in any more: later ones are dropped. Those in hand may end.
func (a *Agent) leave() {
	a.mu.Lock()
	a.ended = true
	a.mu.Unlock()
}

// sweep forgets what has run out, and keeps translators awake.
func (a *Agent) sweep(ctx context.Context) {
	sweep, ping := time.NewTicker(sweepEvery), time.NewTicker(pingEvery)
	defer sweep.Stop()
	defer ping.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-sweep.C:
			a.registrar.sweep(a.stillThere)
			a.guard.Sweep()
		case <-ping.C:
			a.ping()
		}
	}
}

// stillThere reports whether a binding's account is still in the directory.
func (a *Agent) stillThere(b Binding) bool {
	acc, ok := a.accounts.Account(string(b.Account))
	return ok && acc.Company == b.Company
}

// ping sends an empty line to the phones behind translators (RFC 5626 §3.5.1 has the phone do it, many do not).
func (a *Agent) ping() {
	for _, b := range a.registrar.behind() {
		for _, u := range a.sockets.udp {
			if u.addr == b.Local {
				_, _ = u.conn.WriteToUDPAddrPort([]byte("\r\n\r\n"), b.Remote)
			}
		}
	}
}

const sweepEvery = 5 * time.Second
