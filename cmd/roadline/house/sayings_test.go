package house

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/media"
)

// tone is a file that a person might have said.
func tone(t *testing.T, length time.Duration) []byte {
	t.Helper()
	alaw := make([]byte, int(length.Seconds()*media.SampleRate))
	for i := range alaw {
		alaw[i] = media.EncodeALaw(int16(8000 * math.Sin(float64(i))))
	}
	return media.NewSound("tone", alaw).WAV()
}

func TestTheNewestSayingOfAPromptCounts(t *testing.T) {
	s := sayings{t.TempDir()}
	at := time.UnixMilli(1_790_000_000_123)
	for _, x := range []struct {
		after  time.Duration
		length time.Duration
	}{{0, time.Second}, {time.Minute, 2 * time.Second}, {-time.Minute, 3 * time.Second}} {
		if err := s.keep("acme", "recorded/201/1", at.Add(x.after), tone(t, x.length)); err != nil {
			t.Fatal(err)
		}
	}
	texts, err := s.texts("acme", "en")
	if err != nil || len(texts) != 1 {
		t.Fatalf("%d texts, %v", len(texts), err)
	}
	sound, err := media.LoadPrompt("it", texts[0].Recording)
	if err != nil || sound.Duration() != 2*time.Second || texts[0].ID != "recorded/201/1" {
		t.Errorf("%s lasts %v: %v", texts[0].ID, sound.Duration(), err)
	}
	for after, want := range map[time.Duration]bool{0: true, time.Minute: true, time.Minute + time.Second: false} {
		if got := s.has("acme", "recorded/201/1", at.Add(after)); got != want {
			t.Errorf("said %v later: there is %t", after, got)
		}
	}
}

func TestSayingsOfOneCompanyAreNotAnothers(t *testing.T) {
	s := sayings{t.TempDir()}
	if err := s.keep("acme", "recorded/201/1", time.UnixMilli(1), tone(t, time.Second)); err != nil {
		t.Fatal(err)
	}
	if all, err := s.all("other"); err != nil || len(all) > 0 {
		t.Errorf("%v %v", all, err)
	}
	if s.has("other", "recorded/201/1", time.UnixMilli(1)) {
		t.Error("another company has it")
	}
}

func TestFilesThatAreNoSayingsAreLeftAlone(t *testing.T) {
	s := sayings{t.TempDir()}
	folder := filepath.Join(s.folder, "acme")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"hello.wav", "%zz.1.wav", "a.b.wav", "recorded%2F201%2F1.5.txt"} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if all, err := s.all("acme"); err != nil || len(all) > 0 {
		t.Errorf("%v %v", all, err)
	}
	var none fmc.PromptID
	if s.has("acme", none, time.Time{}) {
		t.Error("there is a prompt without a name")
	}
}
