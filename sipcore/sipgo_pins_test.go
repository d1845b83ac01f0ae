package sipcore

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/sipcore/wire"
)

// These tests pin what the library does where our code works around it, by the rows of the table of its pitfalls. When a
// new version makes one fail, the workaround of that row may go, with its own test (edge_rows_test.go).

// plain is the library alone, as its documentation has one use it.
type plain struct {
	tpl    *sip.TransportLayer
	txl    *sip.TransactionLayer
	udp    netip.AddrPort
	tcp    netip.AddrPort
	tcpLis net.Listener
	ended  chan error // of ServeUDP
	logged *lockedBuffer
}

func newPlain(t *testing.T, handle sip.TransactionRequestHandler, o ...sip.TransportLayerOption) *plain {
	t.Helper()
	p := &plain{ended: make(chan error, 1), logged: &lockedBuffer{}}
	o = append(o, sip.WithTransportLayerLogger(slog.New(slog.NewTextHandler(p.logged, nil))))
	p.tpl = sip.NewTransportLayer(&net.Resolver{}, sip.NewParser(), nil, o...)
	p.txl = sip.NewTransactionLayer(p.tpl)
	var over atomic.Bool
	p.txl.OnRequest(func(req *sip.Request, tx *sip.ServerTx) {
		switch {
		case over.Load():
			tx.Terminate()
			p.tpl.Close() // the socket that the library has opened to answer a message whose source it forgot
		case handle != nil:
			handle(req, tx)
		}
	})
	u, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.tcpLis, err = net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.udp, p.tcp = addrPort(u.LocalAddr()), addrPort(p.tcpLis.Addr())
	tcpEnded := make(chan struct{})
	go func() { p.ended <- p.tpl.ServeUDP(u) }()
	go func() { _ = p.tpl.ServeTCP(p.tcpLis); close(tcpEnded) }()
	// The loops add themselves to the pools before they read: one answered message proves it.
	t.Cleanup(func() {
		u.Close()
		p.tcpLis.Close()
		<-tcpEnded
		over.Store(true)
		p.txl.Close()
		p.tpl.Close()
	})
	return p
}

// alone runs a test in a process of its own: it changes or needs untouched what is global in the library.
func alone(t *testing.T, f func(*testing.T)) {
	t.Helper()
	if os.Getenv("SIPCORE_ALONE") == t.Name() {
		f(t)
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^"+t.Name()+"$", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), "SIPCORE_ALONE="+t.Name())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// outgoing is a request of ours to a peer, without a Via.
func outgoing(method sip.RequestMethod, to netip.AddrPort, body string) *sip.Request {
	var uri sip.Uri
	_ = sip.ParseUri("sip:bob@"+to.String(), &uri)
	req := sip.NewRequest(method, uri)
	req.AppendHeader(&sip.FromHeader{Address: uri, Params: sip.HeaderParams{{K: "tag", V: "from" + newBranch()}}})
	req.AppendHeader(&sip.ToHeader{Address: uri})
	id := sip.CallIDHeader(newBranch() + "@ours")
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: 1, MethodName: method})
	mf := sip.MaxForwardsHeader(70)
	req.AppendHeader(&mf)
	req.AppendHeader(&sip.ContactHeader{Address: uri})
	req.SetBody([]byte(body))
	return req
}

// ready gives an outgoing request the Via and destination that the bare library needs.
func ready(req *sip.Request, network string, to string) *sip.Request {
	req.PrependHeader(&sip.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: network,
		Params: sip.HeaderParams{{K: "branch", V: sip.GenerateBranch()}},
	})
	req.SetTransport(network)
	req.SetDestination(to)
	return req
}

// packetPeer is a UDP socket that the test answers from by hand.
func packetPeer(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func receive(t *testing.T, c *net.UDPConn) (string, netip.AddrPort) {
	t.Helper()
	b := make([]byte, 65536)
	_ = c.SetReadDeadline(time.Now().Add(within))
	n, from, err := c.ReadFromUDPAddrPort(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(b[:n]), from
}

func TestSipgoRow01LongDatagramsFail(t *testing.T) {
	alone(t, func(t *testing.T) {
		p := newPlain(t, nil)
		peer := packetPeer(t)
		to := addrPort(peer.LocalAddr())
		_, err := p.txl.Request(t.Context(), ready(outgoing(sip.INVITE, to, strings.Repeat("a", 1300)), wire.UDP, to.String()))
		if !errors.Is(err, sip.ErrUDPMTUCongestion) {
			t.Fatalf("%v, want %v", err, sip.ErrUDPMTUCongestion)
		}
	})
}

func TestSipgoRow02RequestWithoutLocalAddressLeavesFromANewSocket(t *testing.T) {
	p := newPlain(t, nil)
	peer := packetPeer(t)
	to := addrPort(peer.LocalAddr())
	tx, err := p.txl.Request(t.Context(), ready(outgoing(sip.OPTIONS, to, ""), wire.UDP, to.String()))
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Terminate()
	if _, from := receive(t, peer); from.Port() == p.udp.Port() {
		t.Fatal("it left from the listener")
	}
}

func TestSipgoRow03LocalAddressOnAStreamPicksTheLastConnection(t *testing.T) {
	p := newPlain(t, func(req *sip.Request, tx *sip.ServerTx) {
		_ = tx.Respond(sip.NewResponseFromRequest(req, 200, "OK", nil))
	})
	wanted, other := dialTCP(t, p.tcp), dialTCP(t, p.tcp)
	for _, c := range []*peer{wanted, other} {
		c.send(t, c.request("OPTIONS", "sip:x@example.com"))
		c.final(t) // so that the connections are pooled in this order
	}
	req := ready(outgoing(sip.OPTIONS, addrPort(wanted.conn.LocalAddr()), ""), wire.TCP, wanted.addr())
	req.Laddr = sip.Addr{IP: p.tcp.Addr().AsSlice(), Port: int(p.tcp.Port())}
	tx, err := p.txl.Request(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Terminate()
	if a, err := other.read(within); err != nil || !strings.HasPrefix(a.text, "OPTIONS sip:bob@") {
		t.Fatalf("%v %q: the unrelated peer got nothing", err, a.text)
	}
}

func TestSipgoRow04PoolGrowsPerSource(t *testing.T) {
	p := newPlain(t, func(req *sip.Request, tx *sip.ServerTx) {
		_ = tx.Respond(sip.NewResponseFromRequest(req, 200, "OK", nil))
	})
	for range 50 {
		dialUDP(t, p.udp).send(t, []byte("this is not SIP at all\r\n\r\n"))
	}
	last := dialUDP(t, p.udp) // one socket is read in order
	last.send(t, last.request("OPTIONS", "sip:x@example.com"))
	last.final(t)
	if n := p.tpl.Pool("udp").Size(); n != 52 {
		t.Fatalf("%d entries, want one per source and the listener", n)
	}
}

func TestSipgoRow05FilterErrorEndsTheListener(t *testing.T) {
	p := newPlain(t, nil, sip.WithTransportLayerReadFilter(func(sip.TransportReadProps, []byte) ([]byte, error) {
		return nil, errors.New("no")
	}))
	dialUDP(t, p.udp).send(t, []byte("x"))
	select {
	case <-p.ended:
	case <-time.After(within):
		t.Fatal("the listener goes on")
	}
}

// flaky fails to accept some times, as a process without free files does.
type flaky struct {
	net.Listener
	fails int
}

func (f *flaky) Accept() (net.Conn, error) {
	if f.fails > 0 {
		f.fails--
		return nil, errors.New("accept: too many open files")
	}
	return f.Listener.Accept()
}

func TestSipgoRow08AcceptErrorEndsTheListener(t *testing.T) {
	p := newPlain(t, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := p.tpl.ServeTCP(&flaky{l, 1}); err == nil || !strings.Contains(err.Error(), "too many open files") {
		t.Fatal(err)
	}
}

func TestSipgoRow13ThreeAnswersHaveThreeTags(t *testing.T) {
	p := newPlain(t, func(req *sip.Request, tx *sip.ServerTx) {
		_ = tx.Respond(sip.NewResponseFromRequest(req, 180, "Ringing", nil))
	})
	ringing, toCancel, terminated := cancelledCall(t, dialUDP(t, p.udp))
	if ringing == toCancel || toCancel == terminated || ringing == terminated {
		t.Fatal(ringing, toCancel, terminated)
	}
}

// cancelledCall sends an INVITE, waits for its 180, cancels it and returns the To tags of the 180, of the answer to the
// CANCEL and of the 487.
func cancelledCall(t *testing.T, p *peer) (ringing, toCancel, terminated string) {
	t.Helper()
	invite := p.request("INVITE", "sip:x@example.com")
	p.send(t, invite)
	for {
		a, err := p.read(within)
		if err != nil {
			t.Fatal(err)
		}
		if a.status == 180 {
			ringing = a.tag(t)
			break
		}
	}
	cancel := bytes.Replace(invite, []byte("INVITE sip"), []byte("CANCEL sip"), 1)
	p.send(t, bytes.Replace(cancel, []byte("1 INVITE"), []byte("1 CANCEL"), 1))
	for toCancel == "" || terminated == "" {
		switch a := p.final(t); a.status {
		case 200:
			toCancel = a.tag(t)
		case 487:
			terminated = a.tag(t)
		default:
			t.Fatal(a.text)
		}
	}
	ack := bytes.Replace(invite, []byte("INVITE sip"), []byte("ACK sip"), 1)
	p.send(t, bytes.Replace(ack, []byte("1 INVITE"), []byte("1 ACK"), 1))
	return ringing, toCancel, terminated
}

func TestSipgoRow15ServerTransactionContextIsBornCancelled(t *testing.T) {
	got := make(chan error, 1)
	p := newPlain(t, func(req *sip.Request, tx *sip.ServerTx) {
		got <- sip.ServerTransactionContext(tx).Err()
		_ = tx.Respond(sip.NewResponseFromRequest(req, 200, "OK", nil))
	})
	c := dialUDP(t, p.udp)
	c.send(t, c.request("OPTIONS", "sip:x@example.com"))
	if err := <-got; err == nil {
		t.Fatal("the context is alive: it may be used now")
	}
	c.final(t)
}

// refusalTwice answers an INVITE with 486, and with the same once more after between, and reports whether that one was
// acknowledged before the answer to a later OPTIONS of the peer's came.
func refusalTwice(t *testing.T, peer *net.UDPConn, listener netip.AddrPort, between func()) bool {
	t.Helper()
	invite, from := receive(t, peer)
	res := busyTo(invite)
	_, _ = peer.WriteToUDPAddrPort(res, from)
	for {
		if m, _ := receive(t, peer); strings.HasPrefix(m, "ACK ") {
			break
		}
	}
	between()
	_, _ = peer.WriteToUDPAddrPort(res, from)
	for deadline := time.Now().Add(time.Second); ; {
		b := make([]byte, 65536)
		_ = peer.SetReadDeadline(deadline)
		n, _, err := peer.ReadFromUDPAddrPort(b)
		if err != nil {
			return false
		}
		if strings.HasPrefix(string(b[:n]), "ACK ") {
			return true
		}
	}
}

func busyTo(invite string) []byte {
	var b strings.Builder
	b.WriteString("SIP/2.0 486 Busy Here\r\n")
	for _, line := range strings.Split(invite, "\r\n") {
		name, value, _ := strings.Cut(line, ": ")
		switch name {
		case "Via", "From", "Call-ID", "CSeq":
			b.WriteString(line + "\r\n")
		case "To":
			b.WriteString("To: " + value + ";tag=busy\r\n")
		}
	}
	return []byte(b.String() + "Content-Length: 0\r\n\r\n")
}

// shortTimers make the library's timers bearable; only in a process of its own.
func shortTimers() { sip.SetTimers(20*time.Millisecond, 40*time.Millisecond, 50*time.Millisecond) }

func TestSipgoRow20TerminatedInviteNeverAcknowledgesAgain(t *testing.T) {
	alone(t, func(t *testing.T) {
		shortTimers()
		p := newPlain(t, func(req *sip.Request, tx *sip.ServerTx) {
			_ = tx.Respond(sip.NewResponseFromRequest(req, 200, "OK", nil))
		})
		peer := packetPeer(t)
		to := addrPort(peer.LocalAddr())
		tx, err := p.txl.Request(t.Context(), ready(outgoing(sip.INVITE, to, ""), wire.UDP, to.String()))
		if err != nil {
			t.Fatal(err)
		}
		read := make(chan struct{})
		go func() {
			defer close(read)
			select {
			case <-tx.Responses():
			case <-tx.Done():
			}
		}()
		defer func() { <-read }()
		if refusalTwice(t, peer, p.udp, tx.Terminate) {
			t.Fatal("acknowledged")
		}
	})
}

func TestSipgoRow21ParseErrorLogsTheDatagram(t *testing.T) {
	p := newPlain(t, func(req *sip.Request, tx *sip.ServerTx) {
		_ = tx.Respond(sip.NewResponseFromRequest(req, 200, "OK", nil))
	})
	c := dialUDP(t, p.udp)
	c.send(t, []byte("secret of a stranger\r\n\r\n"))
	c.send(t, c.request("OPTIONS", "sip:x@example.com"))
	c.final(t)
	if log := p.logged.String(); !strings.Contains(log, "level=ERROR") || !strings.Contains(log, "secret of a stranger") {
		t.Fatal(log)
	}
}

// sources are the package's own files.
func sources(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	out := make(map[string]string)
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[f] = string(b)
	}
	return out
}

// The headers of a URI come as they were written, escaped; History-Info and Refer-To rely on it.
func TestSipgoLeavesTheHeadersOfAnAddressEscaped(t *testing.T) {
	var u sip.Uri
	if err := sip.ParseUri("sip:202@x;method=INVITE?Replaces=c%2B1%40h%3Bto-tag%3Da%3Bfrom-tag%3Db&Subject=x", &u); err != nil {
		t.Fatal(err)
	}
	if got, _ := u.Headers.Get("Replaces"); got != "c%2B1%40h%3Bto-tag%3Da%3Bfrom-tag%3Db" {
		t.Errorf("Replaces=%q", got)
	}
	if got, _ := u.UriParams.Get("method"); got != "INVITE" || u.User != "202" {
		t.Errorf("%+v", u)
	}
}

// The parameters that stand before the @ are part of the user; of a tel: address nothing is taken apart.
func TestSipgoLeavesTheParametersOfAUserInIt(t *testing.T) {
	for text, want := range map[string]string{
		"sip:+79161234567;cpc=MO_FMC@op;user=phone": "+79161234567;cpc=MO_FMC",
		"tel:+79161234567;cpc=MO_FMC":               "+79161234567;cpc=MO_FMC",
	} {
		var u sip.Uri
		if err := sip.ParseUri(text, &u); err != nil || u.User+u.Raw() != want || u.UriParams.Has("cpc") {
			t.Errorf("%s: %+v, %v", text, u, err)
		}
	}
}
