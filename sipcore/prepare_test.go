package sipcore

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

var stranger = at("192.0.2.99:5061")

// judgeBytes runs a whole datagram through the pre-parser; nil: refused.
func judgeBytes(b []byte) (*message, *fault) {
	b = b[leadingCRLF(b):]
	end := headEnd(b)
	if end < 0 {
		return nil, notSIP
	}
	m, wrong := parseHead(b[:end-4])
	if m == nil {
		return nil, wrong
	}
	m.body = b[end:]
	if n, err := m.length(); err != nil || n > len(m.body) {
		return m, bad("length")
	} else if n >= 0 {
		m.body = m.body[:n]
	}
	return m, orElse(wrong, m.judge(stranger, udp))
}

func TestWhiteSpaceIsNormalisedWhereTheGrammarAllowsIt(t *testing.T) {
	m, wrong := judgeBytes(readTorture(t, "rfc4475/TC_WSINV.dat"))
	if wrong != nil {
		t.Fatal(wrong)
	}
	got := string(m.bytes())
	for _, want := range []string{
		"INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n",
		"To: <sip:vivekg@chair-dnrc.example.com>;tag=1918181833n\r\n",
		"From: \"J Rosenberg \\\\\\\"\" <sip:jdrosen@example.com>;tag=98asjd8\r\n",
		"Max-Forwards: 68\r\n", "CSeq: 9 INVITE\r\n",
		"Via: SIP/2.0/UDP 192.0.2.2;branch=390skdjuw;rport;received=192.0.2.99\r\n",
		"Via: SIP/2.0/TCP spindle.example.com;branch=z9hG4bK9ikj8\r\n",
		"Via: SIP/2.0/UDP 192.168.255.111;branch=z9hG4bK30239\r\n",
		"Subject: \r\n", "NewFangledHeader: newfangled value continued newfangled value\r\n",
		"Contact: \"Quoted string ''\" <sip:jdrosen@example.com>;newparam=newvalue;secondparam;q=0.33\r\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

func TestLibraryReadsWhatWasJudged(t *testing.T) {
	for _, row := range tortures {
		m, wrong := judgeBytes(readTorture(t, row.file))
		if wrong == nil {
			t.Run(filepath.Base(row.file), func(t *testing.T) { sameReading(t, m) })
		}
	}
}

// sameReading fails where the library reads a canonical message otherwise than it was judged: that would let a second
// meaning past validation.
func sameReading(t *testing.T, m *message) {
	t.Helper()
	b := m.bytes()
	msg, err := sip.NewParser().ParseSIP(b)
	if err != nil {
		t.Fatalf("%v in %q", err, b)
	}
	if req, ok := msg.(*sip.Request); ok != m.request || ok && string(req.Method) != m.method {
		t.Fatalf("method: %q", b)
	}
	branch, _ := msg.Via().Params.Get("branch")
	if msg.CallID().Value() != m.callID || msg.CSeq().SeqNo != m.cseq || branch != m.branch ||
		tagOf(msg.From().Params) != m.fromTag || tagOf(msg.To().Params) != m.toTag || !bytes.Equal(msg.Body(), m.body) {
		t.Fatalf("read as %q %d %q %q %q in %q", msg.CallID().Value(), msg.CSeq().SeqNo, branch, msg.From(), msg.To(), b)
	}
	if n := len(msg.GetHeaders("contact")); n != len(m.contacts) && !m.contactStar && (m.method != "INVITE" || n != 1) {
		t.Fatalf("%d contacts in %q", n, b)
	}
	again, wrong := judgeBytes(b)
	if wrong != nil || !bytes.Equal(again.bytes(), b) {
		t.Fatalf("judged again: %v\n%q\n%q", wrong, b, again.bytes())
	}
}

func FuzzPrepare(f *testing.F) {
	files, err := filepath.Glob("testdata/rfc*/*")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add(compose(udp, "192.0.2.1:5060", "REGISTER", "sip:example.com", "", `Contact: "a;b" <sip:a@b;x=1>;q=0.5;+sip.instance="<urn:uuid:1>", <sip:c@d>`))
	f.Add(compose(udp, "192.0.2.1:5060", "OPTIONS", "sip:example.com", "", `From: <sip:a@b>;x="y;tag=evil";tag=good`))
	f.Add(compose(udp, "192.0.2.1:5060", "REGISTER", "sip:example.com", "", `Contact: "a\", <sip:evil@x>, \"b" <sip:c@d>;q=0.1`))
	f.Add(compose(udp, "192.0.2.1:5060", "REGISTER", "sip:example.com", "", `From: "a\" <sip:evil@x>;tag=no \"" <sip:c@d>;tag=yes`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > maxMessage {
			return
		}
		m, wrong := judgeBytes(b)
		if m == nil {
			return
		}
		if wrong != nil {
			if answer := string(m.answerBytes(wrong, "Roadline")); m.request && strings.Contains(strings.ReplaceAll(answer, "\r\n", ""), "\n") {
				t.Fatalf("the answer can be split: %q", answer)
			}
			return
		}
		sameReading(t, m)
	})
}

func FuzzFraming(f *testing.F) {
	one := compose(tcp, "192.0.2.1:5060", "OPTIONS", "sip:example.com", "")
	two := compose(tcp, "192.0.2.1:5060", "INFO", "sip:example.com", "some body\r\n\r\n", "Content-Type: text/plain")
	f.Add(bytes.Join([][]byte{one, []byte("\r\n\r\n"), two}, nil), uint64(1))
	f.Add([]byte("OPTIONS sip:x SIP/2.0\r\nl: 3\r\n\r\nabc"), uint64(2))
	f.Fuzz(func(t *testing.T, b []byte, seed uint64) {
		whole := cutAll(b, nil)
		pieces := cutAll(b, rand.New(rand.NewPCG(seed, 1)))
		if strings.Join(whole, "\x00") != strings.Join(pieces, "\x00") {
			t.Fatalf("whole %q, in pieces %q", whole, pieces)
		}
	})
}

// cutAll cuts a stream into messages, given at once or in random pieces.
func cutAll(b []byte, pieces *rand.Rand) []string {
	var out []string
	var raw []byte
	var fr framing
	for {
		if n := leadingCRLF(raw); fr.head == 0 && n > 0 {
			raw = raw[n:]
		}
		if len(raw) > 0 {
			done, wrong := fr.advance(raw)
			if wrong != nil {
				return append(out, "end: "+wrong.text)
			}
			if done {
				out = append(out, string(raw[:fr.head+fr.body]))
				raw = raw[fr.head+fr.body:]
				fr = framing{}
				continue
			}
		}
		if len(b) == 0 {
			return out
		}
		n := len(b)
		if pieces != nil {
			n = 1 + pieces.IntN(len(b))
		}
		raw = append(raw, b[:n]...)
		b = b[n:]
	}
}

func FuzzCredentials(f *testing.F) {
	f.Add(`Digest username="a", realm="b", nonce="c", uri="sip:x", response="d", qop=auth, nc=00000001, cnonce="e", algorithm=SHA-256`)
	f.Add(`username="a\"b", nc=zz, nonce=,=,,`)
	d := newDigest(DigestOptions{}.withDefaults(), twoCompanies(), newClock().Now)
	f.Fuzz(func(t *testing.T, s string) {
		req := outgoing(sip.REGISTER, stranger, "")
		req.AppendHeader(sip.NewHeader("Authorization", "Digest "+s))
		if acc, _, v := d.check(req, stranger.Addr()); v == genuine || acc.ID != "" {
			t.Fatalf("%q is %s", s, acc.ID)
		}
	})
}

func BenchmarkPrepareInvite(b *testing.B) {
	sdp := "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
	raw := compose(udp, "192.0.2.1:5060", "INVITE", "sip:+74951234567@example.com", sdp, "Content-Type: application/sdp",
		"Supported: timer, 100rel", "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS", "User-Agent: carrier", "P-Asserted-Identity: <sip:+79120000001@example.com>")
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		m, wrong := judgeBytes(raw)
		if wrong != nil || len(m.bytes()) == 0 {
			b.Fatal(wrong)
		}
	}
}
