package housetest

import (
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
)

// HangUp has the client of patient.xml hang up, by an INFO of the call from outside, and waits for the end.
func (p *Peer) HangUp() {
	p.t.Helper()
	answer, ok := p.Got("SIP/2.0 200")
	if !ok {
		p.t.Fatalf("%v has no call to hang up", p)
	}
	p.inform(p.address(), answer, "")
	p.Wait()
}

// address is its own, as its INVITE said.
func (p *Peer) address() string {
	_, at, _ := strings.Cut(p.Messages()[0].Header("Contact"), "@")
	at, _, _ = strings.Cut(at, ";")
	return at
}

// Refers has the phone of transferor.xml send whom it talks with to whom another phone talks with: an attended transfer.
func (p *Peer) Refers(to *Peer) {
	p.t.Helper()
	answer, mine := p.Got("SIP/2.0 200")
	other, theirs := to.Got("SIP/2.0 200")
	if !mine || !theirs {
		p.t.Fatalf("%v or %v has no call", p, to)
	}
	tag := func(header string) string {
		_, tag, _ := strings.Cut(other.Header(header), ";tag=")
		return tag
	}
	replaces := url.QueryEscape(fmt.Sprintf("%s;to-tag=%s;from-tag=%s", other.Header("Call-ID"), tag("To"), tag("From")))
	p.inform(p.address(), answer, fmt.Sprintf("Refer-To: <sip:other@127.0.0.1?Replaces=%s>\r\n", replaces))
}

// HangUpFor has a mobile of mobile.xml hang up its newest call.
func (p *Peer) HangUpFor(number string) {
	p.t.Helper()
	var invite *Message
	for _, m := range p.Messages() {
		if m.Received && strings.HasPrefix(m.First(), "INVITE sip:"+number+"@") {
			invite = &m
		}
	}
	if invite == nil {
		p.t.Fatalf("%v has no call of %s to hang up", p, number)
	}
	p.inform(fmt.Sprintf("127.0.0.1:%d", p.Port), *invite, "")
}

// inform sends an INFO of the call that a message is of, which SIPp does not answer; more is more of its headers.
func (p *Peer) inform(at string, of Message, more string) {
	p.t.Helper()
	conn, err := net.Dial("udp4", at)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	text := fmt.Sprintf("INFO sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKgo%d\r\nFrom: <sip:t@127.0.0.1>;tag=t\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: 1 INFO\r\nMax-Forwards: 70\r\n%sContent-Length: 0\r\n\r\n",
		conn.LocalAddr(), time.Now().UnixNano(), of.Header("To"), of.Header("Call-ID"), more)
	if _, err := conn.Write([]byte(text)); err != nil {
		p.t.Fatal(err)
	}
}
