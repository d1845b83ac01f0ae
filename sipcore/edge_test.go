package sipcore

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc"
	"roadline/sipcore/guard"
	"roadline/sipcore/wire"
)

func TestNothingConfiguredListensOnLoopbackAndPrivateAddressesOnly(t *testing.T) {
	own, err := interfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	l, err := Listen{}.expand()
	if err != nil || len(l.UDP) == 0 || len(l.UDP) != len(l.TCP) {
		t.Fatal(l, err)
	}
	for _, a := range l.UDP {
		if !a.Addr().IsLoopback() && !a.Addr().IsPrivate() || a.Port() != 5060 {
			t.Errorf("%s", a)
		}
	}
	// Addresses of other machines' making, since this one may have no public address.
	mixed := append(own, netip.MustParseAddr("203.0.113.1"))
	got := spread([]netip.AddrPort{at("0.0.0.0:5062"), at("[::1]:5060")}, mixed)
	for _, a := range got {
		if a.Addr().IsUnspecified() {
			t.Fatalf("%v: the library does not find a listener on an unspecified address", got)
		}
	}
	if got[len(got)-1] != at("[::1]:5060") || got[0].Port() != 5062 {
		t.Fatal(got)
	}
}

func TestTakenAddressIsNamed(t *testing.T) {
	s := run(t, Options{}, nil)
	for _, l := range []Listen{{UDP: []netip.AddrPort{s.udp}}, {TCP: []netip.AddrPort{at("127.0.0.1:0"), s.tcp}}} {
		a, err := New(Options{Listen: l, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Bind(); err == nil || !strings.Contains(err.Error(), "listen on") {
			t.Error(err)
		}
	}
	if _, err := New(Options{Listen: Listen{UDP: []netip.AddrPort{{}}}, Now: time.Now}); err == nil {
		t.Error("an address that is none was taken")
	}
}

func TestOptionsTellsWhatWeCan(t *testing.T) {
	s, _, _ := office(t, Options{})
	p := dialUDP(t, s.udp)
	p.send(t, p.request("OPTIONS", "sip:x@example.com"))
	a := p.final(t)
	if a.status != 200 || !strings.Contains(a.header("Allow")[0], "INVITE") || a.header("Accept")[0] != "application/sdp" {
		t.Fatal(a.text)
	}
}

// What no torture message has.
func TestRefusals(t *testing.T) {
	s := run(t, Options{}, nil)
	const uri = "sip:x@example.com"
	const sdp = "v=0\r\n"
	for _, row := range []struct {
		name, method, uri string
		body              string
		lines             []string
		want              int
	}{
		{"no hops left", "INVITE", uri, "", []string{"Max-Forwards: 0"}, 483},
		{"hops of no number", "OPTIONS", uri, "", []string{"Max-Forwards: 70x"}, 400},
		{"too many hops to be true", "OPTIONS", uri, "", []string{"Max-Forwards: 256"}, 400},
		{"lower-case method", "invite", uri, "", nil, 501},
		{"method we know and do not serve", "SUBSCRIBE", uri, "", nil, 405},
		{"another scheme", "INVITE", "mailto:x@example.com", "", []string{"To: <sip:x@example.com>"}, 416},
		{"tel number", "INVITE", "tel:+79120000001", "", []string{"To: <tel:+79120000001>"}, 603},
		{"two contacts", "INVITE", uri, "", []string{"Contact: <sip:a@b>, <sip:c@d>"}, 400},
		{"no contact", "INVITE", uri, "", []string{"Contact: "}, 400},
		{"star in an INVITE", "INVITE", uri, "", []string{"Contact: *"}, 400},
		{"body without a type", "INVITE", uri, sdp, nil, 400},
		{"body of SDP", "INVITE", uri, sdp, []string{"Content-Type: application/SDP ; charset=x"}, 603},
		{"packed body", "INVITE", uri, sdp, []string{"Content-Type: application/sdp", "Content-Encoding: gzip"}, 415},
		{"optional body", "INVITE", uri, "x", []string{"Content-Type: text/html", "Content-Disposition: icon;handling=optional"}, 603},
		{"body of no type", "INVITE", uri, sdp, []string{"Content-Type: sdp"}, 400},
		{"can read SDP", "INVITE", uri, "", []string{"Accept: text/plain, application/sdp;q=0.1"}, 603},
		{"can read anything", "INVITE", uri, "", []string{"Accept: */*"}, 603},
		{"no From tag", "OPTIONS", uri, "", []string{"From: <sip:a@b>"}, 400},
		{"two tags", "OPTIONS", uri, "", []string{"From: <sip:a@b>;tag=a;TAG=b"}, 400},
		{"two branches", "OPTIONS", uri, "", []string{"Via: SIP/2.0/UDP a;branch=z9hG4bKx;branch=z9hG4bKy"}, 400},
		{"tag that ends the line", "OPTIONS", uri, "", []string{"From: <sip:a@b>;tag=a b"}, 400},
		{"URI without a host", "OPTIONS", uri, "", []string{"To: <sip:>"}, 400},
		{"port of no number", "OPTIONS", "sip:x@example.com:99999", "", nil, 400},
		{"half an escape", "OPTIONS", "sip:%4@example.com", "", nil, 400},
		{"Via of another protocol", "OPTIONS", uri, "", []string{"Via: HTTP/2.0/UDP a;branch=z9hG4bKx"}, 400},
		{"Call-ID of no word", "OPTIONS", uri, "", []string{"Call-ID: a b"}, 400},
		{"CSeq beyond 2**31", "OPTIONS", uri, "", []string{"CSeq: 2147483648 OPTIONS"}, 400},
		{"greatest CSeq", "OPTIONS", uri, "", []string{"CSeq: 2147483647 OPTIONS"}, 200},
		{"required extension we have", "OPTIONS", uri, "", []string{"Require: timer"}, 200},
		{"route without brackets", "OPTIONS", uri, "", []string{"Route: sip:a@b"}, 400},
		{"control character", "OPTIONS", uri, "", []string{"Subject: a\x00b"}, 400},
		{"bare line feed", "OPTIONS", uri, "", []string{"Subject: a\nVia: x"}, 400},
		{"header without a colon", "OPTIONS", uri, "", []string{"Subject: a\r\nnonsense"}, 400},
		{"CANCEL of nothing", "CANCEL", uri, "", nil, 481},
		{"REFER outside a dialog", "REFER", uri, "", []string{"Refer-To: <sip:+79120000001@example.com>"}, 403},
		{"REFER within a dialog that is not", "REFER", uri, "", []string{"To: <sip:x@example.com>;tag=none", "Refer-To: <sip:201@example.com>"}, 481},
		{"REFER that cannot be read", "REFER", uri, "", []string{"Refer-To: <sip:201@example.com"}, 400},
		{"replaces required", "OPTIONS", uri, "", []string{"Require: replaces, norefersub"}, 200},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, p := range []*peer{dialUDP(t, s.udp), dialTCP(t, s.tcp)} {
				p.send(t, compose(p.network(), p.addr(), row.method, row.uri, row.body, row.lines...))
				if a := p.final(t); a.status != row.want {
					t.Errorf("%s: %q, want %d", p.network(), a.text, row.want)
				}
			}
		})
	}
}

func TestRefusalNamesWhatItWants(t *testing.T) {
	s := run(t, Options{}, nil)
	p := dialUDP(t, s.udp)
	for _, row := range []struct {
		method, line, header, want string
	}{
		{"OPTIONS", "Require: foo, timer, bar", "Unsupported", "foo, bar"},
		{"SUBSCRIBE", "X: y", "Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, INFO, UPDATE, PRACK, REFER"},
		{"NEWMETHOD", "X: y", "Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, INFO, UPDATE, PRACK, REFER"},
	} {
		p.send(t, p.request(row.method, "sip:x@example.com", row.line))
		if got := p.final(t).header(row.header); len(got) != 1 || got[0] != row.want {
			t.Errorf("%s: %q, want %q", row.method, got, row.want)
		}
	}
}

func TestBadAcknowledgementGetsNoAnswer(t *testing.T) {
	s := run(t, Options{}, nil)
	p := dialUDP(t, s.udp)
	p.send(t, p.request("ACK", "sip:x@example.com", "CSeq: 1 INVITE"))
	p.send(t, p.request("ACK", "sip:x@example.com"))
	if r := s.await(t); r.what != "inside" {
		t.Fatalf("%+v: the good one belongs to the layer above", r)
	}
	silent(t, s, p)
}

func TestRetransmissionsOfARefusedRequestGetTheSameAnswer(t *testing.T) {
	s, _, _ := office(t, Options{})
	p := dialUDP(t, s.udp)
	for _, m := range [][]byte{p.request("INVITE", "sip:x@example.com", "Max-Forwards: 0"), p.request("INVITE", "sip:x@example.com")} {
		p.send(t, m)
		first := p.final(t)
		p.send(t, m)
		if again := p.final(t); first.tag(t) == "" || again.tag(t) != first.tag(t) || again.status != first.status {
			t.Fatalf("%q\n%q", first.text, again.text)
		}
	}
}

func TestRequestThatCameOnTwoWaysIsServedOnce(t *testing.T) {
	s := run(t, Options{}, nil)
	p := dialUDP(t, s.udp)
	first := p.request("INVITE", "sip:x@example.com")
	p.send(t, first)
	if a := p.final(t); a.status != 603 {
		t.Fatal(a.text)
	}
	id := string(first[bytes.Index(first, []byte("Call-ID: ")):])
	id, _, _ = strings.Cut(strings.TrimPrefix(id, "Call-ID: "), "\r\n")
	from := string(first[bytes.Index(first, []byte("From: ")):])
	from, _, _ = strings.Cut(from, "\r\n")
	p.send(t, p.request("INVITE", "sip:x@example.com", "Call-ID: "+id, from))
	if a := p.final(t); a.status != 482 {
		t.Fatal(a.text)
	}
}

func TestPanicAboveEndsOneRequestOnly(t *testing.T) {
	s := run(t, Options{}, func(u *uses) { u.invite = func(inbound, fmc.AccountID) { panic("our bug") } })
	p := dialUDP(t, s.udp)
	p.send(t, p.request("INVITE", "sip:x@example.com"))
	if a := p.final(t); a.status != 500 || !strings.Contains(s.logged.String(), "our bug") {
		t.Fatal(a.text)
	}
	p.send(t, p.request("OPTIONS", "sip:x@example.com"))
	if a := p.final(t); a.status != 200 {
		t.Fatal(a.text)
	}
}

func TestFloodLeavesTrunksAndOtherPeersAlone(t *testing.T) {
	s, _, _ := office(t, Options{Guard: guard.Limits{StrangerBurst: 5}})
	good := newPhone(dialUDP(t, s.udp), "ivanov-desk")
	if a := good.register(t); a.status != 200 {
		t.Fatal(a.text)
	}
	flood := dialUDP(t, s.udp)
	for range 500 {
		flood.send(t, flood.request("REGISTER", "sip:example.com", "Authorization: Digest nonsense"))
		flood.send(t, []byte("junk\r\n\r\n"))
	}
	if a := good.register(t); a.status != 200 {
		t.Fatal(a.text)
	}
	if n := s.Snapshot().Counts.Limited + s.Snapshot().Counts.Junk; n < 500 {
		t.Errorf("%d dropped", n)
	}
}

func TestAnswerGoesBackThroughTheTranslator(t *testing.T) {
	s := run(t, Options{}, nil)
	p := dialUDP(t, s.udp) // its Via names a private address and asks for nothing
	p.send(t, p.request("OPTIONS", "sip:x@example.com", "Via: SIP/2.0/UDP 10.1.2.3:5060;branch="+newBranch()))
	a := p.final(t)
	if v := a.header("Via")[0]; a.status != 200 || !strings.Contains(v, "received=127.0.0.1") {
		t.Fatal(a.text)
	}
}

func TestDatagramLongerThanTheLibraryReadsIsRefused(t *testing.T) {
	s := run(t, Options{}, nil)
	p := dialUDP(t, s.udp)
	p.send(t, compose(wire.UDP, p.addr(), "INFO", "sip:x@example.com", strings.Repeat("x", 40000), "Content-Type: text/plain"))
	if a := p.final(t); a.status != 513 {
		t.Fatal(a.text)
	}
}

func TestLateResponseIsHandedUp(t *testing.T) {
	s := run(t, Options{}, nil)
	p := dialUDP(t, s.udp)
	p.send(t, []byte("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP "+s.udp.String()+";branch=z9hG4bKnone\r\nFrom: <sip:a@b>;tag=1\r\n"+
		"To: <sip:c@d>;tag=2\r\nCall-ID: late@x\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"))
	if r := s.await(t); r.what != "stray" || r.msg.CallID().Value() != "late@x" {
		t.Fatalf("%+v", r)
	}
}

func TestCallOverIPv6(t *testing.T) {
	loop := at("[::1]:0")
	s := run(t, Options{Listen: Listen{UDP: []netip.AddrPort{loop}, TCP: []netip.AddrPort{loop}}}, nil)
	for _, p := range []*peer{dialUDP(t, s.udp), dialTCP(t, s.tcp)} {
		p.send(t, p.request("INVITE", "sip:x@[::1]"))
		if a := p.final(t); a.status != 603 {
			t.Fatal(a.text)
		}
		host, port, err := s.contactAddr(flow{Transport: p.network(), Remote: p.addr()})
		if err != nil || host != "[::1]" || port == 0 {
			t.Fatal(host, port, err)
		}
	}
}

// What names a dialog passes the edge as it was written, in either of its two places.
func TestADialogThatIsNamedPassesTheEdge(t *testing.T) {
	s := run(t, Options{}, nil)
	want := replaces{callID: "c+1%2@10.0.0.7", toTag: "a.b", fromTag: "c~d"}
	for _, p := range []*peer{dialUDP(t, s.udp), dialTCP(t, s.tcp)} {
		for _, row := range []struct{ method, to, line string }{
			{"REFER", "<sip:x@example.com>;tag=ours", `r: "Anna, sales" <sip:202@example.com?Replaces=c%2B1%252%4010.0.0.7%3Bto-tag%3Da.b%3Bfrom-tag%3Dc~d&Require=replaces>`},
			{"INVITE", "<sip:x@example.com>", "Replaces: c+1%2@10.0.0.7 ;from-tag=c~d;To-Tag=a.b"},
		} {
			p.send(t, compose(p.network(), p.addr(), row.method, "sip:x@example.com", "", "To: "+row.to, row.line))
			req := s.await(t).msg.(*sip.Request)
			got, err := replacesOf(req)
			if row.method == "REFER" {
				to, _ := referTo(req)
				got, err = replacesIn(&to.URI)
			}
			if err != nil || got == nil || *got != want {
				t.Errorf("%s by %s: %+v, %v\n%s", row.method, p.network(), got, err, req)
			}
			p.final(t)
		}
	}
}
