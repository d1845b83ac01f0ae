package gwsim

import (
	"math"
	"testing"
)

// RFC 2617 §3.5.
func TestTheProofIsThatOfTheRFC(t *testing.T) {
	p := map[string]string{"realm": "testrealm@host.com", "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093", "qop": "auth", "nc": "00000001", "cnonce": "0a4f113b"}
	if got := response(p, "Mufasa", "Circle Of Life", "GET", "/dir/index.html"); got != "6629fae49393a05397450978507c4ef1" {
		t.Errorf("it is %s", got)
	}
}

func TestWhatAnswersAChallengeIsAccepted(t *testing.T) {
	for _, qop := range []string{"", "auth"} {
		asked := challenge{realm: "a realm, with a comma", nonce: "n1", qop: qop}.String()
		p := parameters(credentials(asked, "1001", "secret", "REGISTER", "sip:host"))
		if p["username"] != "1001" || p["uri"] != "sip:host" || p["response"] != response(p, "1001", "secret", "REGISTER", "sip:host") {
			t.Errorf("qop %q: the answer is %v", qop, p)
		}
	}
}

// G.711 keeps each sample within half a step: 1 part in 32 of its size, 8 near silence.
func TestSoundSurvivesALaw(t *testing.T) {
	for v := math.MinInt16; v <= math.MaxInt16; v++ {
		got := int(linear(aLaw(int16(v))))
		if most := max(16, abs(v)/16); abs(got-v) > most {
			t.Fatalf("%d became %d", v, got)
		}
	}
	if aLaw(0) != 0xd5 {
		t.Errorf("silence is %#x", aLaw(0))
	}
}

func abs(v int) int { return max(v, -v) }

// What a socket hears may be anything.
func FuzzMessages(f *testing.F) {
	f.Add("INVITE sip:20+79161234567@127.0.0.1 SIP/2.0\r\nv: SIP/2.0/UDP h;branch=z9hG4bK1\r\nf: \"x\" <sip:a@b>;tag=1\r\nt: <sip:c@d>\r\ni: 1\r\nCSeq: 1 INVITE\r\nm: <sip:a@b:5060>\r\n\r\nv=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 8 101\r\n")
	f.Add("SIP/2.0 200 OK\r\nVia: x\r\n\r\n")
	f.Add("\r\n\r\n")
	f.Fuzz(func(t *testing.T, s string) {
		m, ok := readMessage(s)
		if !ok {
			return
		}
		r := m.reply(200, "OK", "tag")
		if again, ok := readMessage(r.String()); !ok || again.status != 200 {
			t.Errorf("an answer to %q is not understood: %q", s, r.String())
		}
		_, _, _ = m.branch(), userOf(m.uri), hostOf(uriOf(m.get("Contact")))
		new(speech).aim(m.body)
	})
}
