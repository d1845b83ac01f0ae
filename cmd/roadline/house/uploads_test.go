package house

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/media"
	"roadline/store"
	"roadline/store/storetest"
)

// musical is a company whose callers hear music of its own on hold, and read names in English.
const musical = `company: acme
country: RU
hold_music: jazz
prompts: {jazz: Please wait.}
`

// singing are the words of a node that serves the musical company, without a voice, on a database.
func singing(t *testing.T) (*words, *store.Store) {
	t.Helper()
	s := storetest.Open(t)
	directory := s.Directory(store.DirectoryOptions{
		File:  filepath.Join(t.TempDir(), "directory.json"),
		Parse: func(document string) (*fmc.Company, error) { return configs.ReadCompany("stored", []byte(document)) },
	})
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = directory.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
	c, err := configs.ReadCompany("acme.yaml", []byte(musical))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.For("acme").Apply(t.Context(), store.Change{Document: musical, Company: c, Author: "test", Reason: "test"}); err != nil {
		t.Fatal(err)
	}
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for _, known := directory.Company("acme"); !known; _, known = directory.Company("acme") {
		<-look.C
	}
	h := &House{m: &configs.Machine{Data: t.TempDir()}, store: s, directory: directory, log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	return newWords(t.TempDir(), h), s
}

// sinus is a WAV file of a tone that lasts a second.
func sinus(hertz float64) []byte {
	pcm := []byte("RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x80\x3e\x00\x00\x00\x7d\x00\x00\x02\x00\x10\x00data\xff\xff\xff\x7f")
	for i := range 16000 {
		pcm = binary.LittleEndian.AppendUint16(pcm, uint16(int16(9000*math.Sin(2*math.Pi*hertz*float64(i)/16000))))
	}
	return pcm
}

// level is how much of a tone is in a source's next two seconds, of full scale.
func level(source media.Source, hertz float64) float64 {
	sound := media.SoundOf("it", source, 2*time.Second).ALaw()
	re, im := 0.0, 0.0
	for i, b := range sound {
		x, w := float64(media.DecodeALaw(b))/32768, 2*math.Pi*hertz*float64(i)/media.SampleRate
		re, im = re+x*math.Cos(w), im+x*math.Sin(w)
	}
	return 2 * math.Hypot(re, im) / float64(max(1, len(sound)))
}

// upload keeps a sound as the cabinet does.
func upload(t *testing.T, w *words, s *store.Store, id fmc.PromptID, hertz float64, music bool) store.PromptSound {
	t.Helper()
	kept, length, err := w.Make(sinus(hertz), music)
	if err != nil {
		t.Fatal(err)
	}
	x, err := s.For("acme").KeepPromptSound(t.Context(), store.PromptSound{Prompt: id, Language: "en", Author: "ada", Music: music, Length: length}, kept)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestWhoeverIsHeldHearsTheCompanysOwnMusicWithoutAPause(t *testing.T) {
	w, s := singing(t)
	if level(w.Music("acme", ""), 1000) > 0.01 {
		t.Fatal("the house's music has the tone")
	}
	upload(t, w, s, "jazz", 1000, true)
	if err := w.Take(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []fmc.PromptID{"", "default", "nothing-of-that-name", "jazz"} {
		if l := level(w.Music("acme", name), 1000); l < 0.05 { // two rounds of it: a pause between them would halve it
			t.Errorf("%q: %.3f", name, l)
		}
	}
	if l := level(w.Music("other", ""), 1000); l > 0.01 {
		t.Errorf("another company hears it: %.3f", l)
	}
	upload(t, w, s, "swing", 1500, true)
	if err := w.Take(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	if a, b := level(w.Music("acme", "swing"), 1500), level(w.Music("acme", "swing"), 1000); a < 0.05 || b > 0.01 {
		t.Errorf("a group's own: %.3f, %.3f", a, b)
	}
}

func TestSoundsAreThereAfterAStartWithoutPostgreSQL(t *testing.T) {
	w, s := singing(t)
	upload(t, w, s, "jazz", 1000, true)
	upload(t, w, s, "closed", 700, false)
	if err := w.Take(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	next := newWords(t.TempDir(), &House{m: &configs.Machine{Data: filepath.Dir(w.uploads.folder)}, store: nil, directory: w.directory, log: w.log})
	next.load(t.Context(), "acme")
	if l := level(next.Music("acme", ""), 1000); l < 0.05 {
		t.Errorf("music: %.3f", l)
	}
	if u, ok := next.Find("acme", "closed"); !ok || level(u.Play(1), 700) < 0.05 {
		t.Error("the prompt is not heard")
	}
}

func TestALostOrSpoiltCopyIsMadeAnewAndUntilThenTheTextCounts(t *testing.T) {
	w, s := singing(t)
	x := upload(t, w, s, "jazz", 1000, true)
	if err := w.compare(t.Context()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(w.uploads.folder, "acme", uploadName(x))
	for name, spoil := range map[string]func() error{
		"lost":   func() error { return os.Remove(file) },
		"spoilt": func() error { return os.WriteFile(file, bytes.Repeat([]byte("x"), int(x.Bytes)), 0o600) },
		"cut":    func() error { return os.Truncate(file, x.Bytes/2) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		w.load(t.Context(), "acme")
		if l := level(w.Music("acme", ""), 1000); l > 0.01 {
			t.Errorf("%s: it is heard: %.3f", name, l)
		}
		if err := w.compare(t.Context()); err != nil {
			t.Fatal(err)
		}
		if l := level(w.Music("acme", ""), 1000); l < 0.05 {
			t.Errorf("%s: it is not heard again: %.3f", name, l)
		}
	}
}

func TestASoundThatIsReplacedOrRemovedElsewhereIsTakenOver(t *testing.T) {
	w, s := singing(t)
	upload(t, w, s, "jazz", 1000, true)
	if err := w.compare(t.Context()); err != nil {
		t.Fatal(err)
	}
	upload(t, w, s, "jazz", 1500, true)
	if err := w.compare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a, b := level(w.Music("acme", ""), 1500), level(w.Music("acme", ""), 1000); a < 0.05 || b > 0.01 {
		t.Errorf("%.3f of the new, %.3f of the old", a, b)
	}
	if err := s.For("acme").RemovePromptSound(t.Context(), "jazz", "en"); err != nil {
		t.Fatal(err)
	}
	if err := w.compare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if l := level(w.Music("acme", ""), 1500); l > 0.01 {
		t.Errorf("removed, it is heard: %.3f", l)
	}
	if files, err := filepath.Glob(filepath.Join(w.uploads.folder, "acme", "*")); err != nil || len(files) != 0 {
		t.Errorf("%q, %v", files, err)
	}
}

func TestASoundThatCannotBeCopiedKeepsNoOtherAway(t *testing.T) {
	w, s := singing(t)
	upload(t, w, s, "jazz", 1000, true)
	if err := w.compare(t.Context()); err != nil {
		t.Fatal(err)
	}
	old := upload(t, w, s, "a", 700, false)
	bad := filepath.Join(w.uploads.folder, "acme", uploadName(old))
	if err := os.MkdirAll(filepath.Join(bad, "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	upload(t, w, s, "jazz", 1500, true)
	upload(t, w, s, "z", 900, false)
	if err := w.compare(t.Context()); err == nil {
		t.Error("nothing is said of the sound that cannot be copied")
	}
	if l := level(w.Music("acme", ""), 1500); l < 0.05 {
		t.Errorf("the music that was replaced is not heard: %.3f", l)
	}
	if u, ok := w.Find("acme", "z"); !ok || level(u.Play(1), 900) < 0.05 {
		t.Error("the sound behind it is not heard")
	}
}

func TestWhatCannotBeHeardIsNotTaken(t *testing.T) {
	w := &words{}
	long := append(slices.Clone(sinus(500)), make([]byte, 2*16000*301)...)
	for i := range 301 {
		copy(long[len(sinus(500))+i*32000:], sinus(500)[44:])
	}
	for name, row := range map[string]struct {
		wav  []byte
		want string
	}{
		"no WAV file":  {[]byte("ID3 an mp3"), "save it as WAV, PCM 16 bit"},
		"nothing":      {nil, "save it as WAV, PCM 16 bit"},
		"silence":      {append(slices.Clone(sinus(1)[:44]), make([]byte, 32000)...), "nothing is heard in the file"},
		"five minutes": {long, "longer than 5m0s"},
	} {
		for _, music := range []bool{false, true} {
			if _, _, err := w.Make(row.wav, music); !errors.Is(err, cause.Invalid) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%s, music %t: %v", name, music, err)
			}
		}
	}
}

func TestTheCabinetHearsPromptsAndNoMessages(t *testing.T) {
	w, s := singing(t)
	upload(t, w, s, "closed", 700, false)
	if err := w.Take(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	wav, err := w.Play("acme", "closed")
	if err != nil {
		t.Fatal(err)
	}
	sound, err := media.LoadMusic("it", wav)
	if err != nil || level(media.Once(sound), 700) < 0.02 {
		t.Errorf("%d bytes, %v", len(wav), err)
	}
	for _, id := range []fmc.PromptID{"unknown", "closed+closed", fmc.MessagePrompt("call", time.Second), ""} {
		if _, err := w.Play("acme", id); !errors.Is(err, cause.NotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
	if _, err := w.Play("other", "closed"); !errors.Is(err, cause.NotFound) {
		t.Errorf("another company's: %v", err)
	}
}

func TestTheNameOfACopyTellsAllOfIt(t *testing.T) {
	for _, s := range []store.PromptSound{
		{Prompt: "welcome", Language: "en", At: time.UnixMilli(1_790_000_000_123)},
		{Prompt: "a.b/../c", Language: "ru", At: time.UnixMilli(7), Music: true},
	} {
		name := uploadName(s)
		got, ok := readUploadName(name)
		if !ok || got != s || strings.ContainsRune(name, '/') {
			t.Errorf("%q is %+v, %t", name, got, ok)
		}
	}
	for _, name := range []string{"hello.wav", "a.en.x.music.wav", "a.en.5.noise.wav", "%zz.en.5.music.wav", "a.en.5.music.txt", ".wav"} {
		if s, ok := readUploadName(name); ok {
			t.Errorf("%q is %+v", name, s)
		}
	}
}
