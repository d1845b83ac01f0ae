package sipcore

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/sipcore/wire"
)

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// closed waits for the end of a stream; what comes before is returned.
func closed(t *testing.T, c net.Conn) string {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(within))
	b, err := io.ReadAll(c)
	if isTimeout(err) {
		t.Fatal("the stream is still open")
	}
	return string(b)
}

func TestBadMessageOnAStreamIsAnsweredAndTheNextIsServed(t *testing.T) {
	s := run(t, Options{}, nil)
	p := dialTCP(t, s.tcp)
	badOne := p.request("OPTIONS", "sip:x@example.com", "CSeq: 1 INVITE")
	p.send(t, bytes.Join([][]byte{badOne, p.request("OPTIONS", "sip:x@example.com")}, nil))
	if a, b := p.final(t), p.final(t); a.status+b.status != 600 {
		t.Fatalf("%q %q", a.text, b.text)
	}
}

func TestMessageArrivesInAnyPieces(t *testing.T) {
	s := run(t, Options{}, nil)
	p := dialTCP(t, s.tcp)
	body := strings.Repeat("x", 2000)
	for _, b := range compose(wire.TCP, p.addr(), "INFO", "sip:x@example.com", body, "Content-Type: text/plain", "To: <sip:x@example.com>;tag=a") {
		p.send(t, []byte{b})
	}
	if a := p.final(t); a.status != 481 {
		t.Fatal(a.text)
	}
	if got := s.await(t).msg.Body(); string(got) != body {
		t.Fatalf("%d bytes", len(got))
	}
}

func TestPingOnAStreamGetsItsPong(t *testing.T) {
	s := run(t, Options{}, nil)
	p := dialTCP(t, s.tcp)
	p.send(t, []byte("\r\n\r\n"))
	b := make([]byte, 2)
	_ = p.conn.SetReadDeadline(time.Now().Add(within))
	if _, err := io.ReadFull(p.conn, b); err != nil || string(b) != "\r\n" {
		t.Fatalf("%q %v", b, err)
	}
}

func TestStreamsThatDeserveNoPatienceAreClosed(t *testing.T) {
	for _, row := range []struct {
		name, says string
		answer     string // how the last words begin
	}{
		{"silent", "", ""},
		{"never finishes its headers", "OPTIONS sip:x@example.com SIP/2.0\r\nVia: ", ""},
		{"never finishes its body", "OPTIONS sip:x@example.com SIP/2.0\r\nContent-Length: 10\r\n\r\nx", ""},
		{"speaks HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", ""},
		{"speaks TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", ""},
		{"says no length", "OPTIONS sip:x@example.com SIP/2.0\r\nVia: SIP/2.0/TCP a;branch=z9hG4bKa\r\n\r\n", "SIP/2.0 400 Missing Content-Length"},
		{"says two lengths", "OPTIONS sip:x@example.com SIP/2.0\r\nl: 0\r\nContent-Length: 5\r\n\r\n", "SIP/2.0 400 Multiple Content-Length"},
		{"says too much", "OPTIONS sip:x@example.com SIP/2.0\r\nContent-Length: 70000\r\n\r\n", "SIP/2.0 413"},
		{"has no end", "OPTIONS sip:x@example.com SIP/2.0\r\nX: " + strings.Repeat("a", 66000), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := run(t, Options{Limits: Limits{FirstMessage: 200 * time.Millisecond}}, nil)
			p := dialTCP(t, s.tcp)
			p.send(t, []byte(row.says))
			if said := closed(t, p.conn); !strings.HasPrefix(said, row.answer) || row.answer == "" && said != "" {
				t.Fatalf("%q", said)
			}
			eventually(t, func() bool {
				s.streams.mu.Lock()
				defer s.streams.mu.Unlock()
				return len(s.streams.open)+len(s.streams.perIP) == 0
			})
		})
	}
}

func TestIdleStreamIsKeptForARegisteredPhoneOnly(t *testing.T) {
	s, _, _ := office(t, Options{Limits: Limits{Idle: 100 * time.Millisecond}})
	good, stranger := newPhone(dialTCP(t, s.tcp), "ivanov-desk"), dialTCP(t, s.tcp)
	if a := good.register(t); a.status != 200 {
		t.Fatal(a.text)
	}
	stranger.send(t, stranger.request("OPTIONS", "sip:x@example.com"))
	stranger.final(t)
	closed(t, stranger.conn) // it came later and had no less patience
	b := s.Bindings("ivanov-desk")[0]
	tx, err := s.send(outgoing(sip.OPTIONS, b.Remote, ""), b.flow())
	if err != nil {
		t.Fatal(err)
	}
	finish(t, tx)
	if a, err := good.read(within); err != nil || !strings.HasPrefix(a.text, "OPTIONS ") {
		t.Fatalf("%v %q", err, a.text)
	}
}

func TestOneAddressGetsOnlySoManyStreams(t *testing.T) {
	s := run(t, Options{Limits: Limits{MaxConnsPerIP: 3}}, func(u *uses) { u.trunk = func(netip.AddrPort) bool { return false } })
	var open []*peer
	for range 3 {
		p := dialTCP(t, s.tcp)
		p.send(t, p.request("OPTIONS", "sip:x@example.com"))
		p.final(t)
		open = append(open, p)
	}
	if said := closed(t, dialTCP(t, s.tcp).conn); said != "" {
		t.Fatal(said)
	}
	open[0].conn.Close()
	eventually(t, func() bool {
		p := dialTCP(t, s.tcp)
		_, _ = p.conn.Write(p.request("OPTIONS", "sip:x@example.com"))
		a, err := p.read(within)
		return err == nil && a.status == 200
	})
}

func TestPeerThatNeverReadsLosesItsStreamAndStallsNobody(t *testing.T) {
	s := run(t, Options{}, nil)
	p := dialTCP(t, s.tcp)
	p.send(t, p.request("OPTIONS", "sip:x@example.com"))
	p.final(t)
	st, ok := s.streams.get(addrPort(p.conn.LocalAddr()))
	if !ok {
		t.Fatal("no stream")
	}
	var err error
	for range 1000 { // 64 MB: more than any kernel keeps for a peer
		if _, err = st.Write(make([]byte, 64<<10)); err != nil {
			break
		}
	}
	if !errors.Is(err, errSlowPeer) || s.Snapshot().Counts.SlowPeers != 1 {
		t.Fatal(err)
	}
	eventually(t, func() bool { _, ok := s.streams.get(st.remote); return !ok })
	q := dialTCP(t, s.tcp)
	q.send(t, q.request("OPTIONS", "sip:x@example.com"))
	if a := q.final(t); a.status != 200 {
		t.Fatal(a.text)
	}
}

func TestSilentStreamsDoNotKeepOthersOut(t *testing.T) {
	s := run(t, Options{}, nil)
	for range 300 {
		dialTCP(t, s.tcp)
	}
	p := dialTCP(t, s.tcp)
	p.send(t, p.request("OPTIONS", "sip:x@example.com"))
	if a := p.final(t); a.status != 200 {
		t.Fatal(a.text)
	}
}

func TestWhatComesOnAStreamThatWeOpenedIsJudgedToo(t *testing.T) {
	s := run(t, Options{}, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	to := addrPort(l.Addr())
	tx, err := s.send(outgoing(sip.OPTIONS, to, ""), flow{Transport: wire.TCP, Remote: to.String()})
	if err != nil {
		t.Fatal(err)
	}
	finish(t, tx)
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	carrier := &peer{conn: c, r: bufio.NewReader(c)}
	defer c.Close()
	if a, err := carrier.read(within); err != nil || !strings.HasPrefix(a.text, "OPTIONS ") {
		t.Fatal(a.text, err)
	}
	carrier.send(t, carrier.request("OPTIONS", "sip:x@example.com", "CSeq: 1 INVITE"))
	if a := carrier.final(t); a.status != 400 {
		t.Fatal(a.text)
	}
	carrier.send(t, carrier.request("INVITE", "sip:x@example.com"))
	if a := carrier.final(t); a.status != 603 {
		t.Fatal(a.text)
	}
}

func TestSeveralSendersShareOneStream(t *testing.T) {
	s := run(t, Options{}, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	to := addrPort(l.Addr())
	errs := make(chan error, 10)
	for range cap(errs) {
		go func() { errs <- s.write(outgoing(sip.ACK, to, ""), flow{Transport: wire.TCP, Remote: to.String()}) }()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
	s.streams.mu.Lock()
	defer s.streams.mu.Unlock()
	if len(s.streams.open) != 1 {
		t.Fatalf("%d streams", len(s.streams.open))
	}
}

func TestWhatCannotBeSentSaysWhy(t *testing.T) {
	s := run(t, Options{}, nil)
	p := dialTCP(t, s.tcp)
	p.send(t, p.request("OPTIONS", "sip:x@example.com"))
	p.final(t)
	p.conn.Close()
	phone := addrPort(p.conn.LocalAddr())
	eventually(t, func() bool { _, ok := s.streams.get(phone); return !ok })
	for _, row := range []struct {
		to   flow
		want string
	}{
		{flow{Transport: wire.TCP, Remote: phone.String(), Pinned: true}, "the connection is closed"},
		{flow{Transport: wire.TCP, Remote: "127.0.0.1:1"}, "connection refused"},
		{flow{Transport: wire.UDP, Remote: "192.0.2.1:5060"}, "no UDP listener of ours can reach"},
		{flow{Transport: "TLS", Remote: "127.0.0.1:5061"}, "transport"},
		{flow{Transport: wire.UDP}, "no address"},
		{flow{Transport: wire.TCP, Remote: s.tcp.String()}, "our own address"},
	} {
		_, err := s.send(outgoing(sip.OPTIONS, phone, ""), row.to)
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%+v: %v, want %q", row.to, err, row.want)
		}
		if err := s.write(outgoing(sip.ACK, phone, ""), row.to); err == nil {
			t.Errorf("%+v: an ACK went", row.to)
		}
	}
}

func TestAgentEndsWithStreamsOpen(t *testing.T) {
	s := run(t, Options{}, nil)
	for range 5 {
		p := dialTCP(t, s.tcp)
		p.send(t, p.request("OPTIONS", "sip:x@example.com"))
		p.final(t)
	} // run's clean-up fails when the agent does not end
}
