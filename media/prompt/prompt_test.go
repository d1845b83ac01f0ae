package prompt_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"roadline/fmc/cause"
	"roadline/media"
	"roadline/media/prompt"
)

// spoken is the folder in which the house's texts are spoken once for all tests that need them.
var spoken string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "speech-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	spoken = folder
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(folder)
		os.Exit(code)
	}))
}

// house says everything that the house says.
func house(t *testing.T) *prompt.Library {
	t.Helper()
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		t.Fatal("espeak-ng is not installed: apt install espeak-ng")
	}
	l := prompt.NewLibrary(prompt.NewStudio(prompt.Options{Folder: spoken}), nil)
	if err := l.Prepare(t.Context(), prompt.Texts()); err != nil {
		t.Fatal(err)
	}
	return l
}

// studio makes one that keeps its speech in the test's folder.
func studio(t *testing.T) (*prompt.Studio, string) {
	t.Helper()
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		t.Fatal("espeak-ng is not installed: apt install espeak-ng")
	}
	folder := filepath.Join(t.TempDir(), "speech")
	return prompt.NewStudio(prompt.Options{Folder: folder}), folder
}

// program writes a shell script that stands for espeak-ng.
func program(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "speaker")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// soxStats measures a file with sox.
func soxStats(t *testing.T, path string) (rms, peak, seconds float64) {
	t.Helper()
	out, err := exec.Command("sox", path, "-n", "stats").CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		t.Fatal("sox is not installed: apt install sox")
	}
	if err != nil {
		t.Fatalf("sox: %v: %s", err, out)
	}
	read := func(what string) float64 {
		found := regexp.MustCompile(what + `\s+(-?[0-9.]+)`).FindSubmatch(out)
		if found == nil {
			t.Fatalf("no %s in:\n%s", what, out)
		}
		n, _ := strconv.ParseFloat(string(found[1]), 64)
		return n
	}
	return read("RMS lev dB"), read("Pk lev dB"), read("Length s")
}

func TestTheHouseSaysEverythingInBothLanguagesAtTheLevelOfSpeech(t *testing.T) {
	house, texts := house(t), prompt.Texts()
	if en, ru := len(house.Has(prompt.English)), len(house.Has(prompt.Russian)); en != ru || en+ru != len(texts) {
		t.Fatalf("%d texts: %d in English, %d in Russian", len(texts), en, ru)
	}
	for _, text := range texts {
		u, ok := house.Find(text.ID, text.Language)
		if !ok || u.Version == "" || len(u.Sounds) != 1 || u.Sounds[0].Name() != string(text.ID) {
			t.Fatalf("%s in %s: %v %+v", text.ID, text.Language, ok, u)
		}
		seconds := u.Sounds[0].Duration().Seconds()
		if pace := float64(len([]rune(text.Words))) / seconds; text.Words != "" && (pace < 3 || pace > 25 || seconds < 0.2) {
			t.Errorf("%s in %s: %q in %.1f s", text.ID, text.Language, text.Words, seconds)
		}
		if len(text.Words) < 40 {
			continue
		}
		rms, peak, length := soxStats(t, filepath.Join(spoken, u.Version+".wav"))
		if rms < -23.5 || rms > -18.5 || peak > -0.3 || length < seconds-0.01 || length > seconds+0.01 {
			t.Errorf("%s in %s: sox measures %.1f dB, peak %.1f dB, %.2f s", text.ID, text.Language, rms, peak, length)
		}
	}
}

func TestWhatWasSpokenOnceIsNotSpokenAgain(t *testing.T) {
	s, folder := studio(t)
	first, version, err := s.Speak(t.Context(), "Good  morning,\nIvan!", prompt.English)
	if err != nil {
		t.Fatal(err)
	}
	deaf := prompt.NewStudio(prompt.Options{Folder: folder, Program: "/nonexistent/espeak-ng"})
	again, same, err := deaf.Speak(t.Context(), " Good morning, Ivan! ", prompt.English)
	if err != nil || same != version || again.Samples() != first.Samples() {
		t.Fatal(err, same, version)
	}
	words, err := os.ReadFile(filepath.Join(folder, version+".txt"))
	if err != nil || !strings.Contains(string(words), "Good morning, Ivan!") || !strings.Contains(string(words), "en-gb") {
		t.Fatalf("%v: %q", err, words)
	}
	if _, other, err := s.Speak(t.Context(), "Good morning, Ivan!", prompt.Russian); err != nil || other == version {
		t.Fatal("another voice has the same version", err)
	}
}

func TestASpoiltFileIsSpokenAnew(t *testing.T) {
	s, folder := studio(t)
	first, version, err := s.Speak(t.Context(), "one", prompt.English)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, version+".wav")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoilt := range map[string][]byte{"short": good[:100], "empty": nil, "zeros at the end": append(bytes.Clone(good[:500]), make([]byte, len(good)-500)...)} {
		if err := os.WriteFile(path, spoilt, 0o600); err != nil {
			t.Fatal(err)
		}
		if again, _, err := s.Speak(t.Context(), "one", prompt.English); err != nil || again.Samples() != first.Samples() {
			t.Fatal(name, err)
		}
		if mended, err := os.ReadFile(path); err != nil || !bytes.Equal(mended, good) {
			t.Fatal(name, "the file was not mended", err)
		}
	}
}

func TestNoWordIsACommandToTheProgram(t *testing.T) {
	out := filepath.Join(t.TempDir(), "heard")
	s := prompt.NewStudio(prompt.Options{Folder: t.TempDir(), Program: program(t, `printf '%s|' "$@" > `+out+`; cat >> `+out+`; exit 3`)})
	for words, want := range map[string]string{
		"--version; rm -rf / `id` $(id)":                       "--version; rm -rf id (id)",
		"[[h@'loU]] \x01 \x1b[31m <speak><break/></speak> {x}": "h 'loU 31m speak break speak x",
		"Отдел\tпродаж\u0000 №5":                               "Отдел продаж №5",
		"snow\u2028man ☃ \U0001F600 e\u0301":                   "snow man e\u0301",
	} {
		_, _, err := s.Speak(t.Context(), words, prompt.Russian)
		if !errors.Is(err, cause.Unavailable) {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(out); string(got) != "--stdin|--stdout|-b|1|-v|ru|-s|145|-p|45|"+want {
			t.Errorf("%q reached the program as %q", words, got)
		}
	}
}

func TestWhatCannotBeSaidIsRefused(t *testing.T) {
	s, _ := studio(t)
	for name, words := range map[string]string{"nothing": "", "marks": " ... !? ", "too much": strings.Repeat("word ", 300), "not UTF-8": "\xff\xfe"} {
		if _, _, err := s.Speak(t.Context(), words, prompt.English); !errors.Is(err, cause.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := s.Speak(t.Context(), "hello", "xx"); !errors.Is(err, cause.Invalid) {
		t.Error(err)
	}
}

func TestAProgramThatFailsSaysHowToMendIt(t *testing.T) {
	for name, row := range map[string]struct{ program, want string }{
		"missing":  {"/nonexistent/espeak-ng", "apt install espeak-ng"},
		"failing":  {program(t, "echo 'no such voice' >&2; exit 1"), "no such voice"},
		"hanging":  {program(t, "exec sleep 60"), "too long"},
		"talking":  {program(t, "exec yes"), "without end"},
		"no sound": {program(t, "echo hello"), "WAV"},
		"silence":  {program(t, "exec sox -n -r 22050 -b 16 -c 1 -t wav - trim 0 1"), "nothing is heard"},
	} {
		t.Run(name, func(t *testing.T) {
			o := prompt.Options{Folder: t.TempDir(), Program: row.program}
			if name == "hanging" {
				o.Limit = time.Second
			}
			s := prompt.NewStudio(o)
			if _, _, err := s.Speak(t.Context(), "hello", prompt.English); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Error(err)
			}
		})
	}
}

func TestManySpeakAtOnceIntoOneFolder(t *testing.T) {
	s, folder := studio(t)
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			if _, _, err := s.Speak(t.Context(), fmt.Sprintf("number %d", i%3), prompt.English); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 6 {
		t.Fatalf("%v: %v", err, files)
	}
}

func TestACompanysOwnWordsAndRecordingsComeFirst(t *testing.T) {
	s, _ := studio(t)
	house, acme := prompt.NewLibrary(s, nil), (*prompt.Library)(nil)
	must := func(l *prompt.Library, texts ...prompt.Text) {
		t.Helper()
		if err := l.Prepare(t.Context(), texts); err != nil {
			t.Fatal(err)
		}
	}
	must(house, prompt.Text{ID: "welcome", Language: prompt.English, Words: "Welcome."}, prompt.Text{ID: "menu", Language: prompt.English, Words: "Press one."})
	acme = prompt.NewLibrary(s, house)
	tone := media.SoundOf("tone", media.NewTone(media.DialTone, "RU"), 3*time.Second).WAV()
	must(acme, prompt.Text{ID: "welcome", Language: prompt.English, Recording: tone})
	if u, ok := acme.Find("welcome", prompt.English); !ok || u.Sounds[0].Duration() != 3*time.Second {
		t.Error("the company's recording is not heard", ok, u)
	}
	if _, ok := acme.Find("menu", prompt.English); !ok {
		t.Error("the house's menu is not heard")
	}
	before, _ := acme.Find("welcome", prompt.English)
	must(acme, prompt.Text{ID: "welcome", Language: prompt.English, Words: "Acme, hello."})
	after, _ := acme.Find("welcome", prompt.English)
	if before.Version == after.Version || after.Sounds[0].Duration() > 2*time.Second {
		t.Error("the new words are not heard")
	}
	must(acme)
	if u, ok := acme.Find("welcome", prompt.English); !ok || u.Version == after.Version {
		t.Error("the house's welcome is not heard again")
	}
	if _, ok := acme.Find("welcome", prompt.Russian); ok {
		t.Error("found in a language in which nobody said it")
	}
}

func TestASoundThatWasMadeBeforeIsHeardAsItIs(t *testing.T) {
	s, _ := studio(t)
	spoken, uploaded := prompt.NewLibrary(s, nil), prompt.NewLibrary(s, nil)
	tone := media.SoundOf("tone", media.NewTone(media.DialTone, "RU"), 3*time.Second)
	if err := spoken.Prepare(t.Context(), []prompt.Text{{ID: "welcome", Language: prompt.English, Words: "Welcome."}, {ID: "menu", Language: prompt.English, Words: "Press one."}}); err != nil {
		t.Fatal(err)
	}
	if err := uploaded.Prepare(t.Context(), []prompt.Text{{ID: "welcome", Language: prompt.English, Sound: tone, Music: true}}); err != nil {
		t.Fatal(err)
	}
	if _, ok := uploaded.Find("menu", prompt.English); ok {
		t.Error("a library without a base has what is not its own")
	}
	all := uploaded.Over(spoken)
	u, ok := all.Find("welcome", prompt.English)
	if !ok || !u.Music || !bytes.Equal(u.Sounds[0].ALaw(), tone.ALaw()) || u.Version == "" {
		t.Errorf("%t %+v", ok, u)
	}
	if u, ok := all.Find("menu", prompt.English); !ok || u.Music {
		t.Errorf("the text beside it: %t %+v", ok, u)
	}
	if u, ok := all.Find("welcome+menu", prompt.English); !ok || u.Music || len(u.Sounds) < 2 {
		t.Errorf("music and words: %t %+v", ok, u)
	}
}

func TestWhatIsSeldomSaidIsReadByTheCallThatSaysIt(t *testing.T) {
	s, folder := studio(t)
	l := prompt.NewLibrary(s, nil)
	if err := l.Prepare(t.Context(), []prompt.Text{
		{ID: "name/employee/ivanov", Language: prompt.English, Words: "Ivan Ivanov", Seldom: true},
		{ID: "hours", Language: prompt.English, Words: "From nine to six.", Seldom: true},
		{ID: "from", Language: prompt.English, Words: "From"},
	}); err != nil {
		t.Fatal(err)
	}
	name, ok := l.Find("name/employee/ivanov", prompt.English)
	want, version, err := s.Speak(t.Context(), "Ivan Ivanov", prompt.English)
	switch {
	case err != nil || !ok || name.Lost != nil || name.Version != version || len(name.Sounds) != 1:
		t.Fatalf("%v %t %+v", err, ok, name)
	case name.Sounds[0].Name() != "name/employee/ivanov" || !bytes.Equal(name.Sounds[0].ALaw(), want.ALaw()):
		t.Fatal("the name sounds otherwise than it was spoken")
	}
	if err := os.Truncate(filepath.Join(folder, version+".wav"), 100); err != nil {
		t.Fatal(err)
	}
	if u, ok := l.Find("from+name/employee/ivanov", prompt.English); !ok || len(u.Sounds) != 1 || !errors.Is(u.Lost, cause.Unavailable) {
		t.Errorf("beside a name that is cut short: %t %+v", ok, u)
	}
	hours, _ := l.Find("hours", prompt.English)
	if err := os.Remove(filepath.Join(folder, hours.Version+".wav")); err != nil {
		t.Fatal(err)
	}
	if u, ok := l.Find("from+hours", prompt.English); ok || len(u.Sounds) > 0 || !errors.Is(u.Lost, cause.Unavailable) {
		t.Errorf("with a text that is gone: %t %+v", ok, u)
	}
}

func TestWhatCannotBePreparedIsNamedAndTheRestIsThere(t *testing.T) {
	s, _ := studio(t)
	l := prompt.NewLibrary(s, nil)
	err := l.Prepare(t.Context(), []prompt.Text{
		{ID: "good", Language: prompt.English, Words: "Good."},
		{ID: "empty", Language: prompt.English, Words: "..."},
		{ID: "a+b", Language: prompt.English, Words: "Two."},
		{ID: "broken", Language: prompt.Russian, Recording: []byte("no WAV")},
	})
	if !errors.Is(err, cause.Invalid) || !strings.Contains(err.Error(), "prompt empty in en") || !strings.Contains(err.Error(), "prompt broken in ru") {
		t.Fatal(err)
	}
	if got := l.Has(prompt.English); !slices.Equal(got, []prompt.ID{"good"}) {
		t.Fatal(got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Prepare(ctx, nil); !errors.Is(err, context.Canceled) || len(l.Has(prompt.English)) != 1 {
		t.Fatal("a prepare that was given up changed something", err)
	}
}

func TestDigitsNumbersAndNamesAreSaidTogether(t *testing.T) {
	s, _ := studio(t)
	acme := prompt.NewLibrary(s, house(t))
	if err := acme.Prepare(t.Context(), []prompt.Text{{ID: "name/group/sales", Language: prompt.Russian, Words: "Отдел продаж"}}); err != nil {
		t.Fatal(err)
	}
	for id, sounds := range map[prompt.ID]int{ // a breath stands between parts
		"digits/79161234567": 11, "digits/0": 1, "number/7": 1, "number/20": 1, "number/21": 2, "number/99": 2, "number/100": 1, "number/345": 3, "number/0": 1,
		"queue-position+number/3":                      3,
		"name/group/sales+confirm+from+digits/7916":    5 + 5,
		"name/group/none+confirm":                      1,
		"call-for-you+from+name/employee/none+confirm": 5,
		"digits/":    0,
		"digits/79x": 0,
		"digits/123456789012345678901234567890123": 0,
		"number/-1":                   0,
		"number/1000":                 0,
		"confirm+nothing-of-the-kind": 0,
		"name/group/none":             0,
		"":                            0,
		"+":                           0,
		prompt.ID(strings.Repeat("recording-notice+", 3)) + "from": 7,
	} {
		u, ok := acme.Find(id, prompt.Russian)
		if ok != (sounds > 0) || len(u.Sounds) != sounds || ok != (u.Version != "") {
			t.Errorf("%s: %d sounds, want %d; version %q", id, len(u.Sounds), sounds, u.Version)
		}
	}
}

func FuzzFind(f *testing.F) {
	l := prompt.NewLibrary(prompt.NewStudio(prompt.Options{}), nil)
	for _, id := range []string{"digits/1", "number/5+x", "name/+name/", "++", "digits/\xff"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		if _, ok := l.Find(prompt.ID(id), prompt.English); ok {
			t.Fatal("an empty library says something")
		}
	})
}

func BenchmarkFind(b *testing.B) {
	house := prompt.NewLibrary(prompt.NewStudio(prompt.Options{Folder: b.TempDir()}), nil)
	if err := house.Prepare(b.Context(), prompt.Texts()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		house.Find("confirm+from+digits/79161234567", prompt.Russian)
	}
}
