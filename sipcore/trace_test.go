package sipcore_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"roadline/sipcore"
)

func TestATraceKeepsNoSecret(t *testing.T) {
	for _, row := range []struct{ name, message, want string }{
		{
			"credentials",
			"INVITE sip:201@x SIP/2.0\r\nAUTHORIZATION: Digest username=\"anna\", response=\"5ec2e7\"\r\nProxy-Authorization:Basic YTpi\r\nCSeq: 2 INVITE\r\n\r\n",
			"INVITE sip:201@x SIP/2.0\nAUTHORIZATION: Digest …\nProxy-Authorization: Basic …\nCSeq: 2 INVITE\n",
		},
		{
			"passwords in addresses",
			"INVITE sip:a:pw1@x SIP/2.0\r\nTo: \"sip:not:this\" <sips:b:pw2@y:5061;transport=tcp>\r\nContact: <sip:c@z:5060>,<sip:d:pw3:pw4@z>\r\nFrom: <sip:e:pw5@@z>\r\n\r\n",
			"INVITE sip:a:…@x SIP/2.0\nTo: \"sip:not:this\" <sips:b:…@y:5061;transport=tcp>\nContact: <sip:c@z:5060>,<sip:d:…@z>\nFrom: <sip:e:…@z>\n",
		},
		{
			"keys of SRTP",
			"SIP/2.0 200 OK\r\nContent-Type: Application/SDP;x=y\r\n\r\nv=0\r\nk=clear:key1\r\nm=audio 9 RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:key2\r\na=key-mgmt:mikey key3\r\na=sendrecv\r\n",
			"SIP/2.0 200 OK\nContent-Type: Application/SDP;x=y\n\nv=0\nk=…\nm=audio 9 RTP/SAVP 8\na=crypto:…\na=key-mgmt:…\na=sendrecv\n",
		},
		{
			"keys that somebody pressed",
			"INFO sip:a@x SIP/2.0\r\nContent-Type: application/dtmf-relay\r\n\r\nSignal=7\r\nDuration=160\r\n",
			"INFO sip:a@x SIP/2.0\nContent-Type: application/dtmf-relay\n\n(24 bytes that are not kept)\n",
		},
	} {
		if got := sipcore.WithoutSecrets([]byte(row.message)); got != row.want {
			t.Errorf("%s:\n%q, want\n%q", row.name, got, row.want)
		}
	}
}

func TestATraceKeepsABoundedPartOfAHugeMessage(t *testing.T) {
	got := sipcore.WithoutSecrets([]byte("INVITE sip:a@x SIP/2.0\r\nSubject: " + strings.Repeat("я\xff", 30_000) + "\r\n\r\n"))
	if len(got) > 9<<10 || !utf8.ValidString(got) || !strings.HasSuffix(got, " bytes more)\n") {
		t.Errorf("%d bytes, that end %q", len(got), got[len(got)-40:])
	}
}

func FuzzATraceKeepsNoPassword(f *testing.F) {
	f.Add("sip:a:hunter2@x")
	f.Add("sips:sip:hunter2@sip:hunter2@x>sip:")
	f.Fuzz(func(t *testing.T, line string) {
		if got := sipcore.WithoutSecrets([]byte(line)); !utf8.ValidString(got) {
			t.Errorf("%q", got)
		}
	})
}

func BenchmarkATraceTakesAMessage(b *testing.B) {
	message := []byte("INVITE sip:+74951234567@192.0.2.10 SIP/2.0\r\n" + strings.Repeat("Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK776asdhds\r\n", 8) +
		"Content-Type: application/sdp\r\n\r\nv=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8 101\r\n")
	b.ReportAllocs()
	for b.Loop() {
		_ = sipcore.WithoutSecrets(message)
	}
}
