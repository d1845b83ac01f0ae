package media_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"roadline/fmc/cause"
	"roadline/media"
)

// ramp is a sound whose every sample is told from its neighbours.
func ramp(name string, n int) media.Sound {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i % 251)
	}
	return media.NewSound(name, b)
}

func TestSoundsFollowEachOtherWithoutAGap(t *testing.T) {
	a, b := ramp("a", 100), ramp("b", 233)
	got := drain(t, media.Loop(1, 0, a, media.Sound{}, b))
	want := append(a.ALaw(), b.ALaw()...)
	if !bytes.Equal(got[:333], want) || len(got) != 480 || strings.Trim(string(got[333:]), string([]byte{media.Silence})) != "" {
		t.Fatalf("%d bytes", len(got))
	}
}

func TestASoundThatFillsItsLastFrameEndsThere(t *testing.T) {
	if got := drain(t, media.Loop(1, 0, ramp("a", 320))); len(got) != 320 {
		t.Fatal(len(got))
	}
	for name, empty := range map[string]media.Source{
		"nothing": media.Loop(1, 0), "an empty sound": media.Loop(1, 0, media.Sound{}), "for ever nothing": media.Loop(0, 0, media.Sound{}),
	} {
		if got := drain(t, empty); len(got) != 0 {
			t.Errorf("%s: %d bytes", name, len(got))
		}
	}
}

func TestALoopHasItsGapBetweenRoundsOnly(t *testing.T) {
	a := ramp("a", 400)
	got := drain(t, media.Loop(3, 100*time.Millisecond, a))
	gap := bytes.Repeat([]byte{media.Silence}, 800)
	want := bytes.Join([][]byte{a.ALaw(), a.ALaw(), a.ALaw()}, gap)
	if !bytes.Equal(got[:len(want)], want) || len(got) != 2880 {
		t.Fatalf("%d bytes, want %d and silence to the end of the frame", len(got), len(want))
	}
	forever := media.Loop(0, 0, a)
	var frame [media.FrameSamples]byte
	for range 10000 {
		if !forever.Frame(&frame) {
			t.Fatal("a loop for ever has ended")
		}
	}
}

func TestAStoredSoundIsReadBackSampleForSample(t *testing.T) {
	for _, n := range []int{0, 1, 160, 4001} {
		s := ramp("a", n)
		back, err := media.ReadSound("a", s.WAV())
		if err != nil || !bytes.Equal(back.ALaw(), s.ALaw()) || back.Samples() != n {
			t.Fatalf("%d samples: %v", n, err)
		}
	}
	wav := ramp("a", 4000).WAV()
	for _, n := range []int{0, 10, 40, len(wav) - 1} {
		if _, err := media.ReadSound("a", wav[:n]); !errors.Is(err, cause.Invalid) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
}

// wav writes 16-bit PCM.
func wav(rate, channels int, samples []float64) []byte {
	var b bytes.Buffer
	b.WriteString("RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00")
	for _, field := range []any{uint16(1), uint16(channels), uint32(rate), uint32(rate * channels * 2), uint16(channels * 2), uint16(16)} {
		_ = binary.Write(&b, binary.LittleEndian, field)
	}
	b.WriteString("data\xff\xff\xff\x7f") // as espeak-ng writes to a pipe: the true length is not known
	for _, s := range samples {
		_ = binary.Write(&b, binary.LittleEndian, int16(s))
	}
	return b.Bytes()
}

// sine is seconds of a sine of a peak, at a rate.
func sine(rate int, hertz, seconds, peak float64) []float64 {
	s := make([]float64, int(seconds*float64(rate)))
	for i := range s {
		s[i] = peak * math.Sin(2*math.Pi*hertz*float64(i)/float64(rate))
	}
	return s
}

// levelAt is the level of one frequency in A-law sound, in dB of a full-scale sine.
func levelAt(alaw []byte, hertz float64) float64 {
	var re, im float64
	for i, b := range alaw {
		x, w := float64(media.DecodeALaw(b))/32768, 2*math.Pi*hertz*float64(i)/8000
		re, im = re+x*math.Cos(w), im+x*math.Sin(w)
	}
	return 20 * math.Log10(2*math.Hypot(re, im)/float64(len(alaw))+1e-9)
}

func TestEveryRateArrivesAtTheRightPitchWithoutAliases(t *testing.T) {
	for _, rate := range []int{8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000} {
		got, err := media.LoadPrompt("tone", wav(rate, 1, sine(rate, 1000, 1, 8000)))
		if err != nil {
			t.Fatal(rate, err)
		}
		middle := got.ALaw()[800:7200]
		if pitch := levelAt(middle, 1000); math.Abs(pitch-(-17)) > 0.3 { // a sine's peak is 3 dB above its mean square
			t.Errorf("%d Hz: 1000 Hz at %.1f dB, want -17", rate, pitch)
		}
		if d := got.Duration(); d < 990*time.Millisecond || d > 1010*time.Millisecond {
			t.Errorf("%d Hz: %v", rate, d)
		}
		if rate < 11000 {
			continue
		}
		// 5000 Hz would fold to 3000 Hz, 4300 Hz to 3700 Hz. The tone at 1100 Hz keeps the level from being raised.
		for high, folded := range map[float64]float64{5000: 3000, 4300: 3700} {
			both := sine(rate, 1100, 1, 8000)
			for i, s := range sine(rate, high, 1, 8000) {
				both[i] += s
			}
			got, err := media.LoadPrompt("tone", wav(rate, 1, both))
			if err != nil {
				t.Fatal(rate, err)
			}
			if alias := levelAt(got.ALaw()[800:7200], folded); alias > -55 {
				t.Errorf("%d Hz: %v Hz is heard as %v Hz at %.1f dB", rate, high, folded, alias)
			}
		}
	}
}

func TestTheTelephoneBandPassesFlat(t *testing.T) {
	for _, hertz := range []float64{200, 300, 1000, 2000, 3000, 3300} {
		reference := sine(22050, 1000, 1, 8000) // half the power in 1000 Hz shows what the filter does to the other half
		for i, s := range sine(22050, hertz, 1, 8000) {
			reference[i] += s
		}
		got, err := media.LoadPrompt("tone", wav(22050, 1, reference))
		if err != nil {
			t.Fatal(err)
		}
		middle := got.ALaw()[800:7200]
		if diff := levelAt(middle, hertz) - levelAt(middle, 1000); math.Abs(diff) > 0.3 {
			t.Errorf("%v Hz is %.2f dB off", hertz, diff)
		}
	}
}

func TestAPromptIsTrimmedAndLevelled(t *testing.T) {
	for _, peak := range []float64{100, 3000, 30000} {
		voice := append(make([]float64, 16000), sine(16000, 500, 2, peak)...)
		voice = append(voice, make([]float64, 32000)...)
		voice = append(voice, sine(16000, 500, 1, peak)...)
		voice = append(voice, make([]float64, 48000)...)
		for i := range voice {
			voice[i] += 50 // a microphone's offset
		}
		got, err := media.LoadPrompt("voice", wav(16000, 1, voice))
		if err != nil {
			t.Fatal(err)
		}
		if d := got.Duration(); d < 5050*time.Millisecond || d > 5120*time.Millisecond {
			t.Errorf("peak %v: %v, want 5 s and 80 ms of silence", peak, d)
		}
		if level := levelAt(got.ALaw()[800:15200], 500); math.Abs(level-(-17)) > 0.5 {
			t.Errorf("peak %v: %.1f dB", peak, level)
		}
	}
}

func TestMusicKeepsItsSilencesAndIsQuieterThanSpeech(t *testing.T) {
	tune := append(make([]float64, 48000), sine(48000, 500, 2, 12000)...)
	tune = append(tune, make([]float64, 48000)...)
	got, err := media.LoadMusic("tune", wav(48000, 1, tune))
	if err != nil {
		t.Fatal(err)
	}
	if d := got.Duration(); d < 3990*time.Millisecond || d > 4010*time.Millisecond {
		t.Errorf("%v, want all four seconds", d)
	}
	if level := levelAt(got.ALaw()[9600:22400], 500); math.Abs(level-(-24)) > 0.5 {
		t.Errorf("%.1f dB, want -27 dB of root mean square", level)
	}
	if _, err := media.LoadMusic("tune", []byte("no file")); !errors.Is(err, cause.Invalid) {
		t.Error(err)
	}
}

func TestWhatABrowserPlaysIsWhatCallersHear(t *testing.T) {
	a := ramp("a", 4001)
	pcm := a.PCM()
	if len(pcm) != 44+2*4001 || int(binary.LittleEndian.Uint32(pcm[4:])) != len(pcm)-8 || int(binary.LittleEndian.Uint32(pcm[40:])) != 2*4001 {
		t.Fatalf("%d bytes, %x", len(pcm), pcm[:44])
	}
	for i, sample := range a.ALaw() {
		if got := int16(binary.LittleEndian.Uint16(pcm[44+2*i:])); got != media.DecodeALaw(sample) {
			t.Fatalf("sample %d is %d", i, got)
		}
	}
	if _, err := media.LoadPrompt("a", pcm); err != nil {
		t.Error(err)
	}
}

func TestALoudPeakIsBentAndNeverClipped(t *testing.T) {
	voice := sine(8000, 400, 2, 1500)
	for i := 8000; i < 8040; i++ {
		voice[i] *= 20
	}
	got, err := media.LoadPrompt("voice", wav(8000, 1, voice))
	if err != nil {
		t.Fatal(err)
	}
	top, jump, last := 0, 0, 0
	for _, b := range got.ALaw() {
		s := int(media.DecodeALaw(b))
		top, jump, last = max(top, s), max(jump, s-last, last-s), s
	}
	if top < 20000 || top > 32000 || jump > 25000 { // a sum that wraps around jumps by 60000
		t.Errorf("peak %d, greatest step %d", top, jump)
	}
}

func TestStereoIsMixedAndEveryFormatIsRead(t *testing.T) {
	dir := t.TempDir()
	soxRun(t, dir, "-n -r 22050 -b 16 -c 2 in.wav synth 1 sine 600 gain -10")
	for _, format := range []string{"-b 8 -e unsigned-integer", "-b 16", "-b 24", "-b 32", "-b 32 -e floating-point", "-e a-law", "-e mu-law", "-c 1 -b 24", "-r 48000 -b 24 -c 6"} {
		soxRun(t, dir, "in.wav "+format+" out.wav")
		data, err := os.ReadFile(filepath.Join(dir, "out.wav"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := media.LoadPrompt("tone", data)
		if err != nil {
			t.Errorf("%s: %v", format, err)
			continue
		}
		if level := levelAt(got.ALaw()[800:7200], 600); math.Abs(level+17) > 0.5 {
			t.Errorf("%s: %.1f dB", format, level)
		}
	}
}

func soxRun(t *testing.T, dir, arguments string) string {
	t.Helper()
	command := exec.Command("sox", strings.Fields(arguments)...)
	command.Dir = dir
	out, err := command.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		t.Fatal("sox is not installed: apt install sox")
	}
	if err != nil {
		t.Fatalf("sox %s: %v: %s", arguments, err, out)
	}
	return string(out)
}

func TestSoxReadsWhatWeStore(t *testing.T) {
	dir := t.TempDir()
	voice, err := media.LoadPrompt("tone", wav(8000, 1, sine(8000, 1000, 3, 5000)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "stored.wav"), voice.WAV(), 0o600); err != nil {
		t.Fatal(err)
	}
	stats := soxRun(t, dir, "stored.wav -n stats")
	for want, near := range map[string]float64{"RMS lev dB": -20, "Length s": 3.0} {
		found := regexp.MustCompile(want + `\s+(-?[0-9.]+)`).FindStringSubmatch(stats)
		if found == nil {
			t.Fatalf("sox says nothing of %q:\n%s", want, stats)
		}
		if got, _ := strconv.ParseFloat(found[1], 64); math.Abs(got-near) > 0.2 {
			t.Errorf("%s: %v, want %v", want, got, near)
		}
	}
}

func TestABadFileIsRefusedWithTheRemedy(t *testing.T) {
	good := wav(8000, 1, sine(8000, 500, 1, 1000))
	edit := func(at int, with ...byte) []byte {
		b := bytes.Clone(good)
		copy(b[at:], with)
		return b
	}
	for name, data := range map[string][]byte{
		"nothing": nil, "text": []byte("this is a text, not a sound at all"), "no samples": good[:36], "no format": append(bytes.Clone(good[:12]), good[36:]...),
		"no channels": edit(22, 0), "many channels": edit(22, 9), "odd rate": edit(24, 0x41), "compressed": edit(20, 2), "12 bits": edit(34, 12),
		"too long": wav(8000, 1, make([]float64, 8000*601)),
	} {
		if _, err := media.LoadPrompt("welcome.wav", data); !errors.Is(err, cause.Invalid) || !strings.Contains(err.Error(), "welcome.wav") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzLoadPrompt(f *testing.F) {
	f.Add(wav(22050, 2, sine(22050, 500, 0.1, 1000)))
	f.Add(ramp("a", 300).WAV())
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVEdata\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := media.LoadPrompt("fuzz", data)
		if err != nil && !errors.Is(err, cause.Invalid) {
			t.Fatal(err)
		}
		if err == nil && s.Samples() > len(data) {
			t.Fatalf("%d samples of %d bytes", s.Samples(), len(data))
		}
		if back, err := media.ReadSound("fuzz", s.WAV()); err != nil || back.Samples() != s.Samples() {
			t.Fatal(err)
		}
	})
}

func BenchmarkLoop(b *testing.B) {
	s := ramp("a", 160*1000)
	var frame [media.FrameSamples]byte
	source := media.Loop(0, 0, s)
	b.ReportAllocs()
	for b.Loop() {
		source.Frame(&frame)
	}
}
