package sdp_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"roadline/fmc/cause"
	"roadline/media"
	"roadline/media/sdp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func ours() sdp.Side {
	return sdp.Side{RTP: netip.MustParseAddrPort("203.0.113.1:20000"), Direction: media.SendRecv, ID: 42}
}

// golden is a file of named sections: what is given, then what came out.
type golden struct {
	path     string
	title    string
	sections map[string]string
}

func readGolden(t *testing.T, path string) golden {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	g := golden{path: path, sections: map[string]string{}}
	name := ""
	for _, line := range strings.SplitAfter(string(text), "\n") {
		if section, ok := strings.CutPrefix(strings.TrimSpace(line), "-- "); ok {
			name = strings.TrimSuffix(section, " --")
			continue
		}
		if name == "" {
			g.title += line
		} else {
			g.sections[name] += line
		}
	}
	return g
}

// check compares a section with what came out, or writes it.
func (g golden) check(t *testing.T, got, given string) {
	t.Helper()
	got = strings.ReplaceAll(got, "\r\n", "\n")
	if *update {
		text := g.title
		for _, name := range []string{"side", given} {
			if g.sections[name] != "" {
				text += "-- " + name + " --\n" + g.sections[name]
			}
		}
		if err := os.WriteFile(g.path, []byte(text+"-- result --\n"+got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != g.sections["result"] {
		t.Errorf("got:\n%s\nwant:\n%s", got, g.sections["result"])
	}
}

func eachGolden(t *testing.T, folder string, test func(*testing.T, golden)) {
	paths, err := filepath.Glob(filepath.Join("testdata", folder, "*.txt"))
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) { test(t, readGolden(t, path)) })
	}
}

func show(a sdp.Agreed) string {
	r := a.Remote
	return fmt.Sprintf("agreed: %s to %s, rtcp %s, events in %d out %d, %s, held %t\n", r.Codec, r.RTP, r.RTCP, r.EventIn, r.EventOut, r.Direction, a.Held)
}

func TestEveryOfferHasItsAnswer(t *testing.T) {
	eachGolden(t, "answer", func(t *testing.T, g golden) {
		side := ours()
		switch strings.TrimSpace(g.sections["side"]) {
		case "v6":
			side.RTP = netip.MustParseAddrPort("[2001:db8::1]:20000")
		case "sendonly":
			side.Direction = media.SendOnly
		}
		offer, err := sdp.Parse([]byte(g.sections["offer"]))
		var answer sdp.Session
		var agreed sdp.Agreed
		if err == nil {
			answer, agreed, err = sdp.Answer(offer, side)
		}
		if err != nil {
			g.check(t, fmt.Sprintf("%s: %v\n", cause.KindOf(err), err), "offer")
			return
		}
		if len(answer.Media) != len(offer.Media) {
			t.Errorf("%d lines answer %d", len(answer.Media), len(offer.Media))
		}
		g.check(t, string(answer.Bytes())+show(agreed), "offer")
	})
}

func TestEveryAnswerIsTakenOrRefused(t *testing.T) {
	eachGolden(t, "accept", func(t *testing.T, g golden) {
		answer, err := sdp.Parse([]byte(g.sections["answer"]))
		if err != nil {
			t.Fatal(err)
		}
		agreed, err := sdp.Accept(sdp.Offer(ours()), answer)
		if err != nil {
			g.check(t, fmt.Sprintf("%s: %v\n", cause.KindOf(err), err), "answer")
			return
		}
		g.check(t, show(agreed), "answer")
	})
}

func TestTheFirstOfferIsWrittenToTheByte(t *testing.T) {
	want := strings.Join([]string{
		"v=0", "o=- 42 1 IN IP4 203.0.113.1", "s=-", "c=IN IP4 203.0.113.1", "t=0 0",
		"m=audio 20000 RTP/AVP 8 0 101", "a=rtpmap:8 PCMA/8000", "a=rtpmap:0 PCMU/8000",
		"a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15", "a=ptime:20", "a=sendrecv", "",
	}, "\r\n")
	for range 3 {
		if got := string(sdp.Offer(ours()).Bytes()); got != want {
			t.Fatalf("got:\n%s\nwant:\n%s", got, want)
		}
	}
}

func TestTheVersionGrowsOnlyWhereSomethingChanged(t *testing.T) {
	side := ours()
	first := sdp.Offer(side)
	side.Last = first
	if again := sdp.Offer(side); again.Version != 1 || !bytes.Equal(again.Bytes(), first.Bytes()) {
		t.Errorf("the same offer again has version %d", again.Version)
	}
	side.Direction = media.SendOnly
	hold := sdp.Offer(side)
	if hold.Version != 2 || hold.Media[0].Direction != media.SendOnly {
		t.Errorf("hold: version %d, %s", hold.Version, hold.Media[0].Direction)
	}
	side.Last, side.Direction = hold, media.SendRecv
	if back := sdp.Offer(side); back.Version != 3 || !back.Media[0].Direction.Sends() {
		t.Errorf("back: version %d", back.Version)
	}
}

func TestALaterOfferKeepsTheLinesAndTheNumbersOfTheDialog(t *testing.T) {
	offer, err := sdp.Parse([]byte("v=0\nc=IN IP4 192.0.2.1\nm=video 9 RTP/AVP 96\nm=audio 8000 RTP/AVP 8 97\na=rtpmap:97 telephone-event/8000\n"))
	if err != nil {
		t.Fatal(err)
	}
	side := ours()
	answer, _, err := sdp.Answer(offer, side)
	if err != nil {
		t.Fatal(err)
	}
	side.Last = answer
	next := sdp.Offer(side)
	want := "m=video 0 RTP/AVP 96\r\nm=audio 20000 RTP/AVP 8 0 97\r\n"
	if text := string(next.Bytes()); !strings.Contains(text, want) {
		t.Errorf("the next offer does not hold %q:\n%s", want, text)
	}
	if next.Version != answer.Version+1 {
		t.Errorf("version %d after %d", next.Version, answer.Version)
	}
}

func TestAnAnswerRepeatedIsTheSameToTheByte(t *testing.T) {
	offer, err := sdp.Parse(sdp.Offer(sdp.Side{RTP: netip.MustParseAddrPort("192.0.2.1:4000"), Direction: media.SendRecv}).Bytes())
	if err != nil {
		t.Fatal(err)
	}
	side := ours()
	first, _, err := sdp.Answer(offer, side)
	if err != nil {
		t.Fatal(err)
	}
	side.Last = first
	if again, _, err := sdp.Answer(offer, side); err != nil || !bytes.Equal(again.Bytes(), first.Bytes()) {
		t.Errorf("%v, %v", again, err)
	}
}

func TestTooMuchIsRefused(t *testing.T) {
	for name, body := range map[string]string{
		"long":    "v=0\n" + strings.Repeat("a=x\n", 20000),
		"streams": "c=IN IP4 192.0.2.1\n" + strings.Repeat("m=audio 4000 RTP/AVP 8\n", 17),
		"formats": "c=IN IP4 192.0.2.1\nm=audio 4000 RTP/AVP" + strings.Repeat(" 8", 65),
	} {
		if _, err := sdp.Parse([]byte(body)); !errors.Is(err, cause.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzParse: no bytes may panic it; what can be answered is answered line for line, and our answer reads back as it was
// meant.
func FuzzParse(f *testing.F) {
	for _, folder := range []string{"answer", "accept"} {
		paths, err := filepath.Glob(filepath.Join("testdata", folder, "*.txt"))
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		offer, err := sdp.Parse(body)
		if err != nil {
			if cause.KindOf(err) == 0 {
				t.Fatalf("an error without a kind: %v", err)
			}
			return
		}
		if _, err := sdp.Accept(sdp.Offer(ours()), offer); err != nil && !errors.Is(err, cause.Unsupported) {
			t.Fatal(err)
		}
		answer, agreed, err := sdp.Answer(offer, ours())
		if err != nil {
			return
		}
		if len(answer.Media) != len(offer.Media) {
			t.Fatalf("%d lines answer %d", len(answer.Media), len(offer.Media))
		}
		if agreed.Held && agreed.Remote.Direction.Sends() {
			t.Fatalf("sends to who is held: %+v", agreed)
		}
		back, err := sdp.Parse(answer.Bytes())
		if err != nil {
			t.Fatalf("our own answer: %v\n%s", err, answer.Bytes())
		}
		audio, ok := back.Audio()
		if !ok || len(back.Media) != len(answer.Media) || audio.Direction != agreed.Remote.Direction || audio.Port != 20000 {
			t.Fatalf("our own answer reads as %+v", back)
		}
	})
}
