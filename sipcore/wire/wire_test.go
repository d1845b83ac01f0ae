package wire

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

var stranger = netip.MustParseAddrPort("192.0.2.99:5061")

// judged reads and judges a whole datagram; nil: it is no SIP.
func judged(b []byte) (*Message, *Fault) {
	m := ReadDatagram(b[LeadingCRLF(b):])
	if m == nil {
		return nil, notSIP
	}
	return m, m.Judge(stranger, UDP)
}

// request is a good request but for the lines that replace or add headers.
func request(method, body string, lines ...string) []byte {
	names := []string{"Via", "Max-Forwards", "From", "To", "Call-ID", "CSeq", "Contact"}
	values := map[string]string{
		"Via": "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKtest1;rport", "Max-Forwards": "70", "From": "<sip:alice@example.com>;tag=a1",
		"To": "<sip:example.com>", "Call-ID": "1@test", "CSeq": "1 " + method, "Contact": "<sip:alice@192.0.2.1:5060>",
	}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		if _, has := values[name]; !has {
			names = append(names, name)
		}
		values[name] = value
	}
	var b bytes.Buffer
	b.WriteString(method + " sip:example.com SIP/2.0\r\n")
	for _, name := range names {
		b.WriteString(name + ": " + values[name] + "\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return b.Bytes()
}

// tortures are the messages of RFC 4475 and RFC 5118 by their files. Their verdicts are proved on sockets, in sipcore.
func tortures(tb testing.TB) map[string][]byte {
	tb.Helper()
	files, err := filepath.Glob("testdata/rfc*/*")
	if err != nil || len(files) != 62 {
		tb.Fatal(len(files), err)
	}
	all := make(map[string][]byte, len(files))
	for _, file := range files {
		if all[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			tb.Fatal(err)
		}
	}
	return all
}

func TestWhiteSpaceIsNormalisedWhereTheGrammarAllowsIt(t *testing.T) {
	m, wrong := judged(tortures(t)["TC_WSINV.dat"])
	if wrong != nil {
		t.Fatal(wrong)
	}
	got := string(m.Bytes())
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
	for name, b := range tortures(t) {
		if m, wrong := judged(b); wrong == nil {
			t.Run(name, func(t *testing.T) { sameReading(t, m) })
		}
	}
}

// sameReading fails where the library reads a canonical message otherwise than it was judged: that would let a second
// meaning past validation.
func sameReading(t *testing.T, m *Message) {
	t.Helper()
	b := m.Bytes()
	msg, err := sip.NewParser().ParseSIP(b)
	if err != nil {
		t.Fatalf("%v in %q", err, b)
	}
	if req, ok := msg.(*sip.Request); ok != m.Request || ok && string(req.Method) != m.Method {
		t.Fatalf("method: %q", b)
	}
	branch, _ := msg.Via().Params.Get("branch")
	if msg.CallID().Value() != m.CallID || msg.CSeq().SeqNo != m.CSeq || branch != m.Branch ||
		msg.From().Params.GetOr("tag", "") != m.FromTag || msg.To().Params.GetOr("tag", "") != m.toTag || !bytes.Equal(msg.Body(), m.body) {
		t.Fatalf("read as %q %d %q %q %q in %q", msg.CallID().Value(), msg.CSeq().SeqNo, branch, msg.From(), msg.To(), b)
	}
	if n := len(msg.GetHeaders("contact")); n != len(m.contacts) && !m.contactStar && (m.Method != "INVITE" || n != 1) {
		t.Fatalf("%d contacts in %q", n, b)
	}
	again, wrong := judged(b)
	if wrong != nil || !bytes.Equal(again.Bytes(), b) {
		t.Fatalf("judged again: %v\n%q\n%q", wrong, b, again.Bytes())
	}
}

func TestWhatCannotBeReadSaysWhy(t *testing.T) {
	good := request("OPTIONS", "")
	for want, b := range map[string][]byte{
		"0 not SIP":                            []byte("GET / HTTP/1.1\r\n\r\n"),
		"400 Malformed Request Line":           []byte("OPTIONS sip:x\r\n\r\n"),
		"505 Version Not Supported":            bytes.Replace(good, []byte("SIP/2.0\r\n"), []byte("SIP/7.0\r\n"), 1),
		"400 Missing Empty Line After Headers": good[:len(good)-2],
		"400 Content-Length Exceeds Message":   bytes.Replace(good, []byte("Length: 0"), []byte("Length: 9"), 1),
		"400 Multiple Content-Length":          request("OPTIONS", "", "l: 0"),
		"400 Too Many Header Fields":           request("OPTIONS", "", strings.Repeat("X: y\r\n", 400)+"X: y"),
		"400 Header Line Without Colon":        bytes.Replace(good, []byte("Call-ID: "), []byte("Call-ID "), 1),
		"400 Missing From Tag":                 request("OPTIONS", "", "From: <sip:alice@example.com>"),
		"400 CSeq Method Differs":              request("OPTIONS", "", "CSeq: 1 INVITE"),
		"420 Bad Extension":                    request("OPTIONS", "", "Require: teleport"),
		"415 Unsupported Media Type":           request("INVITE", "hello", "Content-Type: text/plain"),
		"483 Too Many Hops":                    request("INVITE", "", "Max-Forwards: 0"),
		"501 Not Implemented":                  request("DANCE", ""),
		"405 Method Not Allowed":               request("PUBLISH", ""),
	} {
		if _, wrong := judged(b); wrong == nil || wrong.Error() != want {
			t.Errorf("%v, want %s", wrong, want)
		}
	}
	if _, wrong := judged(good); wrong != nil {
		t.Error(wrong)
	}
}

func TestRefusalCopiesWhatNamesTheRequest(t *testing.T) {
	m, wrong := judged(request("DANCE", "", "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx", "To: <sip:example.com>"))
	if wrong == nil || !m.WantsTag() || m.OldIdentity() != nil {
		t.Fatalf("%v, wants a tag: %t, of RFC 2543: %q", wrong, m.WantsTag(), m.OldIdentity())
	}
	m.SetToTag("ours")
	want := "SIP/2.0 501 Not Implemented\r\n" +
		"Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx;rport=5061;received=192.0.2.99\r\n" +
		"From: <sip:alice@example.com>;tag=a1\r\nTo: <sip:example.com>;tag=ours\r\nCall-ID: 1@test\r\nCSeq: 1 DANCE\r\n" +
		"Allow: " + Allow + "\r\nServer: Roadline\r\nContent-Length: 0\r\n\r\n"
	if got := string(m.Answer(wrong, stranger, "Roadline")); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if m.WantsTag() || m.AnswerTo(stranger) != stranger {
		t.Errorf("after it: wants a tag %t, is answered at %s", m.WantsTag(), m.AnswerTo(stranger))
	}
}

func TestRequestOfTheOldStandardGetsABranch(t *testing.T) {
	m, wrong := judged(request("OPTIONS", "", "Via: SIP/2.0/UDP 192.0.2.99:5070", "From: <sip:alice@example.com>"))
	if wrong != nil {
		t.Fatal(wrong)
	}
	if id := m.OldIdentity(); !slices.Equal(id, []string{"sip:example.com", "<sip:alice@example.com>", "1@test", "1", "192.0.2.99", "5070"}) {
		t.Errorf("it is identified by %q", id)
	}
	if to := m.AnswerTo(stranger); to.Port() != 5070 {
		t.Errorf("it is answered at %s", to)
	}
	m.SetBranch(MagicCookie + "new")
	if !strings.Contains(string(m.Bytes()), "Via: SIP/2.0/UDP 192.0.2.99:5070;branch=z9hG4bKnew\r\n") || m.OldIdentity() != nil {
		t.Errorf("%q, %q", m.Bytes(), m.OldIdentity())
	}
}

func FuzzMessage(f *testing.F) {
	for _, b := range tortures(f) {
		f.Add(b)
	}
	f.Add(request("REGISTER", "", `Contact: "a;b" <sip:a@b;x=1>;q=0.5;+sip.instance="<urn:uuid:1>", <sip:c@d>`))
	f.Add(request("OPTIONS", "", `From: <sip:a@b>;x="y;tag=evil";tag=good`))
	f.Add(request("REGISTER", "", `Contact: "a\", <sip:evil@x>, \"b" <sip:c@d>;q=0.1`))
	f.Add(request("REGISTER", "", `From: "a\" <sip:evil@x>;tag=no \"" <sip:c@d>;tag=yes`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > MaxMessage {
			return
		}
		m, wrong := judged(b)
		if m == nil {
			return
		}
		if wrong != nil {
			if answer := string(m.Answer(wrong, stranger, "Roadline")); m.Request && strings.Contains(strings.ReplaceAll(answer, "\r\n", ""), "\n") {
				t.Fatalf("the answer can be split: %q", answer)
			}
			return
		}
		sameReading(t, m)
	})
}

func FuzzFraming(f *testing.F) {
	one := request("OPTIONS", "")
	two := request("INFO", "some body\r\n\r\n", "Content-Type: text/plain")
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
	var fr Framing
	for {
		if n := LeadingCRLF(raw); fr.head == 0 && n > 0 {
			raw = raw[n:]
		}
		if len(raw) > 0 {
			done, wrong := fr.Advance(raw)
			if wrong != nil {
				return append(out, "end: "+wrong.Text)
			}
			if done {
				out = append(out, string(raw[:fr.Size()]))
				raw = raw[fr.Size():]
				fr = Framing{}
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

func BenchmarkInvite(b *testing.B) {
	sdp := "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
	raw := request("INVITE", sdp, "Content-Type: application/sdp",
		"Supported: timer, 100rel", "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS", "User-Agent: carrier", "P-Asserted-Identity: <sip:+79120000001@example.com>")
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		m, wrong := judged(raw)
		if wrong != nil || len(m.Bytes()) == 0 {
			b.Fatal(wrong)
		}
	}
}
