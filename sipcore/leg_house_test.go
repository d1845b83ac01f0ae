package sipcore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/media"
	"roadline/sipcore/wire"
)

// The tests of this file run legs over sipgo's real transaction layer on a network in memory, so that 32 seconds of
// silence take none (testing/synctest). What must be proved on sockets and against programs stands in leg_sipp_test.go.

// memNet carries datagrams between addresses of one test.
type memNet struct {
	mu    sync.Mutex
	conns map[string]*memConn
}

type datagram struct {
	data []byte
	from net.Addr
}

// memConn is one address on a memNet: a net.PacketConn.
type memConn struct {
	net    *memNet
	addr   *net.UDPAddr
	in     chan datagram
	closed chan struct{}
	once   sync.Once
}

func (n *memNet) listen(addr string) *memConn {
	c := &memConn{net: n, addr: net.UDPAddrFromAddrPort(netip.MustParseAddrPort(addr)), in: make(chan datagram, 256), closed: make(chan struct{})}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.conns[addr] = c
	return c
}

func (c *memConn) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case d := <-c.in:
		return copy(b, d.data), d.from, nil
	case <-c.closed:
		return 0, nil, net.ErrClosed
	}
}

func (c *memConn) WriteTo(b []byte, to net.Addr) (int, error) {
	c.net.mu.Lock()
	dst := c.net.conns[to.String()]
	c.net.mu.Unlock()
	if dst != nil {
		select {
		case dst.in <- datagram{bytes.Clone(b), c.addr}:
		default:
		}
	}
	return len(b), nil
}

func (c *memConn) Close() error                     { c.once.Do(func() { close(c.closed) }); return nil }
func (c *memConn) LocalAddr() net.Addr              { return c.addr }
func (c *memConn) SetDeadline(time.Time) error      { return nil }
func (c *memConn) SetReadDeadline(time.Time) error  { return nil }
func (c *memConn) SetWriteDeadline(time.Time) error { return nil }

// memWire is the wire of the legs on a memNet; what Agent does on sockets.
type memWire struct {
	conn *memConn
	tpl  *sip.TransportLayer
	txl  *sip.TransactionLayer
}

func newMemWire(n *memNet, addr string, stray func(*sip.Response)) *memWire {
	w := &memWire{conn: n.listen(addr)}
	w.tpl = sip.NewTransportLayer(net.DefaultResolver, sip.NewParser(), nil)
	w.txl = sip.NewTransactionLayer(w.tpl, sip.WithTransactionLayerUnhandledResponseHandler(stray))
	return w
}

func (w *memWire) resolve(_ context.Context, u *sip.Uri) ([]flow, error) {
	if f, ok := direct(u); ok {
		return []flow{f}, nil
	}
	return nil, cause.Errorf(cause.Unavailable, "%s is no address", u.Host)
}

func (w *memWire) send(req *sip.Request, to flow) (*sip.ClientTx, error) {
	w.prepare(req, to)
	return w.txl.Request(context.Background(), req)
}

func (w *memWire) write(req *sip.Request, to flow) error {
	w.prepare(req, to)
	return w.tpl.WriteMsg(req)
}

func (w *memWire) prepare(req *sip.Request, to flow) {
	req.SetTransport(to.Transport)
	req.SetDestination(to.Remote)
	req.Laddr = sip.Addr{IP: w.conn.addr.IP, Port: w.conn.addr.Port}
	if req.Via() == nil {
		req.PrependHeader(&sip.ViaHeader{
			ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: "UDP", Host: w.conn.addr.IP.String(), Port: w.conn.addr.Port,
			Params: sip.HeaderParams{{K: "branch", V: sip.GenerateBranch()}, {K: "rport"}},
		})
	}
	req.SetBody(req.Body())
}

func (w *memWire) contactAddr(flow) (string, int, error) {
	return w.conn.addr.IP.String(), w.conn.addr.Port, nil
}

// board is the switch of a test: it keeps what legs say.
type board struct {
	mu     sync.Mutex
	refuse error
	asked  []plan.Request
	legs   chan *leg
	events chan call.Event
}

func newBoard() *board {
	return &board{legs: make(chan *leg, 64), events: make(chan call.Event, 1024)}
}

func (b *board) Offer(l call.Leg, r plan.Request) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.refuse != nil {
		return b.refuse
	}
	b.asked = append(b.asked, r)
	b.legs <- l.(*leg)
	return nil
}

func (b *board) Post(_ fmc.LegID, ev call.Event) { b.events <- ev }

// house is legs of one company on one trunk, and the far end of that trunk.
type house struct {
	*testing.T
	net   *memNet
	wire  *memWire
	legs  *Legs
	board *board
	peer  *farEnd
	desks map[string]fmc.AccountID // by address: who calls from there has shown the password of this account
	stop  func()
}

const (
	ourAddr  = "192.0.2.10:5060"
	peerAddr = "192.0.2.20:5060"
	number   = "+74951234567"
	mobile   = "+79161234567"
)

// companies is a directory of one company.
type companies struct{ co *fmc.Company }

func (c companies) Company(id fmc.CompanyID) (*fmc.Company, bool) { return c.co, id == c.co.Profile.ID }

func (c companies) Called(trunk fmc.TrunkID, e164 string) (*fmc.Company, bool) {
	n, ok := c.co.NumberOf(e164)
	return c.co, ok && n.Trunk == trunk
}

func acme() *fmc.Company {
	return &fmc.Company{
		Profile: fmc.Profile{ID: "acme", Country: "RU", Zone: time.UTC},
		Numbers: []fmc.Number{{
			Number: callerid.Number{E164: number, Country: "RU"}, Trunk: "carrier",
			Proof: callerid.Proof{Number: number, Kind: callerid.Declared},
		}},
		Employees: []fmc.Employee{{ID: "ivanov", Extension: "201", Devices: []fmc.Device{{ID: "ivanov/sip", Kind: fmc.SIPPhone, Account: "ivanov-desk"}}}},
	}
}

func carrierTrunk() Trunk {
	return Trunk{
		ID: "carrier", Form: callerid.Form{Country: "RU"}, Health: Health{Every: -1},
		Sources: []Source{{Prefix: netip.MustParsePrefix("192.0.2.20/32")}}, Targets: []string{peerAddr},
		Profile: Profile{EarlyMedia: true},
	}
}

// phones is a registrar of a test.
type phones map[fmc.AccountID][]Binding

func (p phones) Bindings(a fmc.AccountID) []Binding { return p[a] }

// newHouse starts legs; call it in a synctest bubble, and stop it before the bubble ends.
func newHouse(t *testing.T, trunks ...Trunk) *house {
	t.Helper()
	if len(trunks) == 0 {
		trunks = []Trunk{carrierTrunk()}
	}
	began := time.Now()
	ports, err := media.NewPorts(media.Options{
		Bind: []netip.Addr{netip.MustParseAddr("127.0.0.1")}, From: 30000, To: 39998, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Duration { return time.Since(began) },
	})
	if err != nil {
		t.Fatal(err)
	}
	book := phones{}
	lines, err := NewTrunks(trunks, book)
	if err != nil {
		t.Fatal(err)
	}
	n := &memNet{conns: map[string]*memConn{}}
	b := newBoard()
	h := &house{T: t, net: n, board: b, desks: map[string]fmc.AccountID{}}
	h.wire = newMemWire(n, ourAddr, func(res *sip.Response) { h.legs.Stray(res) })
	calls := 0
	var mu sync.Mutex
	h.legs = newLegs(LegOptions{
		Calls: b, Ports: ports, Companies: companies{acme()}, Trunks: lines, Product: "Roadline", Timing: Timing{Silence: -1}.withDefaults(),
		Owner:  func(fmc.AccountID) (fmc.CompanyID, bool) { return "acme", true },
		Native: func(fmc.TrunkID, string) (*fmc.Company, bool) { return nil, false },
		NewCall: func() fmc.CallID {
			mu.Lock()
			defer mu.Unlock()
			calls++
			return fmc.CallID(fmt.Sprintf("call-%d", calls))
		},
	}, h.wire, slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelDebug})), time.Now)
	h.wire.txl.OnRequest(func(req *sip.Request, tx *sip.ServerTx) {
		in := inbound{req: req, tx: tx, at: flow{Transport: wire.UDP, Remote: req.Source(), Local: ourAddr}}
		switch {
		case req.IsAck():
			tx.Terminate()
			in.tx = nil
			h.legs.Inside(in)
		case req.IsCancel():
			ourTag(req)
			h.legs.Cancel(in)
		case tagOf(req.To().Params) == "":
			ourTag(req)
			h.legs.Invite(in, h.desks[req.Source()])
		default:
			h.legs.Inside(in)
		}
	})
	h.peer = newFarEnd(t, n, peerAddr, ourAddr)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = h.wire.tpl.ServeUDP(h.wire.conn) })
	wg.Go(func() { _ = h.legs.Run(ctx) })
	synctest.Wait() // the library knows its listener
	h.stop = func() {
		synctest.Wait() // what is on its way has arrived
		cancel()
		<-time.After(2 * politeness) // what the protocol owes is given up
		_ = h.wire.conn.Close()
		h.wire.txl.Close()
		wg.Wait()
		if err := ports.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if n := h.legs.Count(); n != 0 {
			t.Errorf("%d legs outlived the server", n)
		}
	}
	return h
}

// ourTag does what the edge does before the library sees a request: the tag is a function of the transaction, so that an
// INVITE and its CANCEL have the same.
func ourTag(req *sip.Request) {
	if tagOf(req.To().Params) == "" {
		branch, _ := req.Via().Params.Get("branch")
		req.To().Params.Add("tag", "ours-"+branch)
	}
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Logf("%s", bytes.TrimSpace(b))
	return len(b), nil
}

// leg waits for the leg of an INVITE.
func (h *house) leg() *leg {
	h.Helper()
	select {
	case l := <-h.board.legs:
		return l
	case <-time.After(time.Minute):
		h.Fatal("no leg was offered")
		return nil
	}
}

// link waits for the next LinkIs and wants it to be this one.
func (h *house) link(want fmc.Link) call.LinkIs {
	h.Helper()
	for {
		select {
		case ev := <-h.board.events:
			is, ok := ev.(call.LinkIs)
			if !ok {
				continue
			}
			if is.Link != want {
				h.Fatalf("link %v (%v: %s), want %v", is.Link, is.Cause, is.Cause.Text, want)
			}
			return is
		case <-time.After(time.Minute):
			h.Fatalf("no link %v", want)
		}
	}
}

// dial makes a leg by the house's trunks in this order.
func (h *house) dial(trunks ...fmc.TrunkID) *leg {
	h.Helper()
	if len(trunks) == 0 {
		trunks = []fmc.TrunkID{"carrier"}
	}
	try := plan.Try{Device: "ivanov/mobile", Role: fmc.Worker, Number: callerid.Number{E164: mobile, Country: "RU"}, For: 25 * time.Second}
	own := callerid.Number{E164: number, Country: "RU"}.Canonical()
	for _, t := range trunks {
		try.Lines = append(try.Lines, plan.Candidate{
			Line: fmc.LineID("trunk:" + string(t)), Kind: fmc.TrunkLine, Trunk: t, Shown: callerid.Shown{From: own, Asserted: own},
		})
	}
	return h.legs.Dial(fmc.LegID{Call: "call-x", N: 2}, try).(*leg)
}

// farEnd is the far end of a trunk, written by hand: it says exactly what a test wants, however wrong.
type farEnd struct {
	t    *testing.T
	conn *memConn
	to   net.Addr
}

func newFarEnd(t *testing.T, n *memNet, addr, to string) *farEnd {
	return &farEnd{t: t, conn: n.listen(addr), to: net.UDPAddrFromAddrPort(netip.MustParseAddrPort(to))}
}

// say sends a message: lines of text, an empty one before the body.
func (p *farEnd) say(text string) {
	p.t.Helper()
	head, body, _ := strings.Cut(strings.TrimLeft(text, "\n"), "\n\n")
	head = strings.TrimRight(head, "\n")
	body = strings.ReplaceAll(body, "\n", "\r\n")
	msg := strings.ReplaceAll(head, "\n", "\r\n") + fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n", len(body)) + body
	if _, err := p.conn.WriteTo([]byte(msg), p.to); err != nil {
		p.t.Fatal(err)
	}
	synctest.Wait() // messages that follow each other are dealt with in goroutines of their own
}

// hear waits for the next message.
func (p *farEnd) hear() sip.Message {
	p.t.Helper()
	select {
	case d := <-p.conn.in:
		msg, err := sip.NewParser().ParseSIP(d.data)
		if err != nil {
			p.t.Fatalf("we sent what cannot be read: %v\n%s", err, d.data)
		}
		return msg
	case <-time.After(2 * time.Minute):
		p.t.Fatal("nothing was sent")
		return nil
	}
}

// silent wants nothing to be sent for a while.
func (p *farEnd) silent(d time.Duration) {
	p.t.Helper()
	select {
	case got := <-p.conn.in:
		p.t.Fatalf("sent though nothing was expected:\n%s", got.data)
	case <-time.After(d):
	}
}

// request waits for a request of this method, passing over responses and over retransmissions of what is not wanted.
func (p *farEnd) request(m sip.RequestMethod) *sip.Request {
	p.t.Helper()
	for {
		switch msg := p.hear().(type) {
		case *sip.Request:
			if msg.Method == m {
				return msg
			}
			p.t.Fatalf("%s came, want %s\n%s", msg.Method, m, msg)
		case *sip.Response:
			p.t.Fatalf("%d came, want %s\n%s", msg.StatusCode, m, msg)
		}
	}
}

// response waits for a response with this status.
func (p *farEnd) response(status int) *sip.Response {
	p.t.Helper()
	msg, ok := p.hear().(*sip.Response)
	if !ok || msg.StatusCode != status {
		p.t.Fatalf("want %d, got\n%s", status, msg)
	}
	return msg
}

// answer sends a response to a request of ours.
func (p *farEnd) answer(req *sip.Request, status int, tag string, more ...string) {
	p.t.Helper()
	res := sip.NewResponseFromRequest(req, status, "Any Phrase", nil)
	res.To().Params.Remove("tag")
	text := fmt.Sprintf("SIP/2.0 %d %s\n", status, "Any Phrase")
	for _, hd := range res.Headers() {
		switch name := hd.Name(); name {
		case "To":
			if tag != "" && tagOf(req.To().Params) == "" {
				res.To().Params.Add("tag", tag)
			} else if old := tagOf(req.To().Params); old != "" {
				res.To().Params.Add("tag", old)
			}
			text += "To: " + res.To().Value() + "\n"
		case "Content-Length":
		default:
			text += name + ": " + hd.Value() + "\n"
		}
	}
	body := ""
	for _, m := range more {
		if strings.HasPrefix(m, "v=0") {
			text += "Content-Type: application/sdp\n"
			body = m
			continue
		}
		text += m + "\n"
	}
	p.say(text + "\n" + body)
}

// sdpOf is a description as a carrier writes it.
func sdpOf(port int, attrs ...string) string {
	s := "v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio " + fmt.Sprint(port) + " RTP/AVP 8 0 101\na=rtpmap:8 PCMA/8000\na=rtpmap:101 telephone-event/8000\n"
	for _, a := range attrs {
		s += "a=" + a + "\n"
	}
	return s
}

// inviteText is an INVITE of the carrier to the company's number.
func inviteText(branch, callID string, more ...string) string {
	text := "INVITE sip:+74951234567@192.0.2.10 SIP/2.0\n" +
		"Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bK" + branch + "\n" +
		"Max-Forwards: 70\nFrom: <sip:+79120000001@192.0.2.20>;tag=far\nTo: <sip:+74951234567@192.0.2.10>\n" +
		"Call-ID: " + callID + "\nCSeq: 10 INVITE\nContact: <sip:carrier@192.0.2.20:5060>\n"
	body := ""
	for _, m := range more {
		if strings.HasPrefix(m, "v=0") {
			text += "Content-Type: application/sdp\n"
			body = m
			continue
		}
		text += m + "\n"
	}
	return text + "\n" + body
}

// inDialog is a request of the carrier in the dialog that a response of ours made.
func inDialog(method string, cseq int, branch string, ours *sip.Response, more ...string) string {
	text := method + " " + contactOf(ours) + " SIP/2.0\n" +
		"Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bK" + branch + "\nMax-Forwards: 70\n" +
		"From: " + ours.From().Value() + "\nTo: " + ours.To().Value() + "\nCall-ID: " + ours.CallID().Value() + "\n" +
		fmt.Sprintf("CSeq: %d %s\nContact: <sip:carrier@192.0.2.20:5060>\n", cseq, method)
	body := ""
	for _, m := range more {
		if strings.HasPrefix(m, "v=0") {
			text += "Content-Type: application/sdp\n"
			body = m
			continue
		}
		text += m + "\n"
	}
	return text + "\n" + body
}

func contactOf(m *sip.Response) string {
	if c := m.Contact(); c != nil {
		return c.Address.String()
	}
	return "sip:roadline@192.0.2.10:5060"
}

// ringing brings an INVITE of the carrier to the point where its leg is offered.
func (h *house) ringing(callID string, more ...string) *leg {
	h.Helper()
	if len(more) == 0 {
		more = []string{sdpOf(40000)}
	}
	h.peer.say(inviteText("i-"+callID, callID, more...))
	h.peer.response(100)
	return h.leg()
}

// talking brings a call of the carrier to the point where it is answered, and returns our 200.
func (h *house) talking(callID string, more ...string) (*leg, *sip.Response) {
	h.Helper()
	l := h.ringing(callID, more...)
	l.Answer()
	ok := h.peer.response(200)
	h.peer.say(inDialog("ACK", 10, "k-"+callID, ok))
	h.link(fmc.Up)
	return l, ok
}

// reached brings a call of ours to the point where the mobile has answered with this tag, and returns our INVITE.
func (h *house) reached(tag string) (*leg, *sip.Request) {
	h.Helper()
	l := h.dial()
	invite := h.peer.request("INVITE")
	h.link(fmc.Dialing)
	h.peer.answer(invite, 200, tag, "Contact: <sip:mobile@192.0.2.20:5060>", sdpOf(40002))
	h.peer.request("ACK")
	h.link(fmc.Up)
	return l, invite
}

// from is a request of the one we called, in the dialog that the INVITE and the tag make.
func fromCalled(method string, cseq int, branch string, invite *sip.Request, tag string, more ...string) string {
	text := method + " " + invite.Contact().Address.String() + " SIP/2.0\n" +
		"Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bK" + branch + "\nMax-Forwards: 70\n" +
		"From: " + invite.To().Value() + ";tag=" + tag + "\nTo: " + invite.From().Value() + "\nCall-ID: " + invite.CallID().Value() + "\n" +
		fmt.Sprintf("CSeq: %d %s\nContact: <sip:mobile@192.0.2.20:5060>\n", cseq, method)
	body := ""
	for _, m := range more {
		if strings.HasPrefix(m, "v=0") {
			text += "Content-Type: application/sdp\n"
			body = m
			continue
		}
		text += m + "\n"
	}
	return text + "\n" + body
}
