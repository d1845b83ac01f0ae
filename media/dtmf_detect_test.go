package media_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"

	"roadline/media"
)

const ms = time.Millisecond

// What a receiver must take by ITU-T Q.24 annex A, and what is told here. Levels in dBm0 for each tone; noise is white,
// over the whole band, and compared with both tones together. Everything passes A-law.
//
//	what              Q.24 (widest network)   told here without a miss       never told here
//	level of a tone   0 to -29                +3 (clipped) to -34            from -35
//	frequency         1.5 % + 2 Hz            2 %, both tones the same way   from 2.5 %
//	row louder        8 dB                    8 dB                           from 9 dB
//	column louder     4 dB                    5 dB                           from 6 dB
//	length            40 ms                   from 34 ms                     up to 26 ms
//	pause             40 ms                   from 30 ms                     up to 26 ms
//	noise             -                       10 dB below tones of 40 ms; 95 of 100 rows of 16 keys at 8 dB
//	AMR-NB 12.2       -                       tones of 50 ms, levels of -6 to -25
//	GSM full rate     -                       tones of 80 ms, levels of -6 to -25
func TestEveryKeyIsHeardAsOnceAsItWasPressed(t *testing.T) {
	with := func(change func(*press)) press {
		p := usual
		change(&p)
		return p
	}
	for name, row := range map[string]struct {
		press
		noise float64 // dBm0, 0: none
	}{
		"shortest":             {usual, 0},
		"as we send":           {with(func(p *press) { p.tone, p.pause = media.UsualTone, media.UsualPause }), 0},
		"long":                 {with(func(p *press) { p.tone, p.pause = 2*time.Second, 200*ms }), 0},
		"loud":                 {with(func(p *press) { p.low, p.high = 0, 0 }), 0},
		"weak":                 {with(func(p *press) { p.low, p.high = -30, -30 }), 0},
		"weak and noisy":       {with(func(p *press) { p.low, p.high = -30, -30 }), -42},
		"row louder":           {with(func(p *press) { p.high = p.low - 8 }), 0},
		"column louder":        {with(func(p *press) { p.low = p.high - 4 }), 0},
		"flat":                 {with(func(p *press) { p.detuned = -0.015 }), 0},
		"sharp":                {with(func(p *press) { p.detuned = 0.015 }), 0},
		"noise 15 dB below":    {usual, -22},
		"noise 10 dB below":    {usual, -17},
		"long in louder noise": {with(func(p *press) { p.tone, p.pause = 100*ms, 100*ms }), -14},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(5) {
				sound := row.dial(allKeys + "1122")
				if row.noise != 0 {
					noise(sound, row.noise, seed)
				}
				if got := detect(sound); got != allKeys+"1122" {
					t.Errorf("seed %d: heard %s", seed, got)
				}
			}
		})
	}
}

func TestWhatIsNoKeyIsNotHeard(t *testing.T) {
	with := func(change func(*press)) []float64 {
		p := usual
		p.tone = 100 * ms
		change(&p)
		return p.dial(allKeys)
	}
	one := func(hertz, dBm0 float64) []float64 {
		sound := make([]float64, 8000)
		for n := range sound {
			sound[n] = peak(dBm0) * math.Sin(2*math.Pi*hertz*float64(n)/8000)
		}
		return sound
	}
	for name, sound := range map[string][]float64{
		"silence":            make([]float64, 8000),
		"noise":              noise(make([]float64, 80000), -10, 1),
		"too short":          with(func(p *press) { p.tone = 24 * ms }),
		"short and drowned":  noise(usual.dial(allKeys), -11, 2),
		"a row off by 3.5 %": with(func(p *press) { p.rowDetuned = 0.035 }),
		"too weak":           with(func(p *press) { p.low, p.high = -40, -40 }),
		"off by 3.5 %":       with(func(p *press) { p.detuned = 0.035 }),
		"off by -3.5 %":      with(func(p *press) { p.detuned = -0.035 }),
		"row 12 dB louder":   with(func(p *press) { p.high -= 12 }),
		"column 8 dB louder": with(func(p *press) { p.low -= 8 }),
		"a row alone":        one(770, -10),
		"a column alone":     one(1336, -10),
		"dial tone":          one(425, -10),
	} {
		if got := detect(sound); got != "" {
			t.Errorf("%s: heard %s", name, got)
		}
	}
}

func TestAShortGapIsOnePressAndAPauseIsTwo(t *testing.T) {
	p := usual
	p.tone = 100 * ms
	whole := p.dial("5")
	for gap, want := range map[time.Duration]string{10 * ms: "5", 20 * ms: "5", 25 * ms: "5", 40 * ms: "55", 60 * ms: "55"} {
		for begin := 800 + 320; begin < 800+400; begin += 7 { // 40 to 50 ms into the tone
			sound := append([]float64(nil), whole...)
			sound = append(sound[:begin], append(make([]float64, gap.Milliseconds()*8), sound[begin:]...)...)
			if got := detect(sound); got != want {
				t.Fatalf("a gap of %v at %d: heard %q, want %q", gap, begin, got, want)
			}
		}
	}
}

func TestALostPacketDoesNotDoubleAKey(t *testing.T) {
	p := usual
	p.tone, p.pause = 200*ms, 100*ms
	sound := alaw(p.dial("159D"))
	for lost := 0; lost < len(sound); lost += 160 {
		broken := bytes.Clone(sound)
		for i := range broken[lost:min(lost+160, len(sound))] {
			broken[lost+i] = media.Silence
		}
		if got := heard(media.NewDetector(), broken, 160); got != "159D" {
			t.Errorf("with the packet at %d lost: heard %s", lost, got)
		}
	}
}

func TestKeysAreHeardHoweverTheVoiceIsCut(t *testing.T) {
	sound := alaw(noise(usual.dial(allKeys), -30, 3))
	for _, piece := range []int{1, 7, 80, 160, 161, 240, 480, 1600, len(sound)} {
		if got := heard(media.NewDetector(), sound, piece); got != allKeys {
			t.Errorf("in pieces of %d: heard %s", piece, got)
		}
	}
}

func TestKeysAreHeardInMuLaw(t *testing.T) {
	sound := alaw(usual.dial(allKeys))
	for i, b := range sound {
		sound[i] = media.ALawToMuLaw(b)
	}
	var got strings.Builder
	for _, key := range media.NewDetector().Voice(media.Voice{Codec: media.PCMU, Payload: sound, At: time.Second}) {
		got.WriteByte(key.Digit)
		if key.At != time.Second || key.Held < 30*ms || key.Held > 45*ms {
			t.Errorf("%+v", key)
		}
	}
	if got.String() != allKeys {
		t.Error(got.String())
	}
}

func TestOurOwnTonesAreHeard(t *testing.T) {
	source, err := media.NewKeyTones(allKeys, media.UsualTone, media.UsualPause)
	if err != nil {
		t.Fatal(err)
	}
	if got := heard(media.NewDetector(), drain(t, source), 160); got != allKeys {
		t.Error(got)
	}
}

// sox runs sound through a sox pipeline and returns A-law.
func sox(t *testing.T, in []byte, script string) []byte {
	t.Helper()
	if _, err := exec.LookPath("sox"); err != nil {
		t.Fatal("sox is not installed: apt install sox")
	}
	command := exec.Command("sh", "-c", script)
	command.Stdin = bytes.NewReader(in)
	var complaint bytes.Buffer
	command.Stderr = &complaint
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", script, err, complaint.Bytes())
	}
	return out
}

func TestKeysSurviveTheCodecOfGSM(t *testing.T) {
	const through = "sox -R -t al -r 8000 -c 1 - -t gsm - | sox -R -t gsm - -t al -e a-law -"
	for _, level := range []float64{-6, -10, -20, -25} {
		p := press{low: level, high: level, tone: 80 * ms, pause: 80 * ms}
		if got := heard(media.NewDetector(), sox(t, alaw(p.dial(allKeys+"1122")), through), 160); got != allKeys+"1122" {
			t.Errorf("at %v dBm0: heard %s", level, got)
		}
	}
}

func TestKeysSurviveANarrowAndDistortedLine(t *testing.T) {
	// 400 to 3000 Hz, then a limiter that flattens the peaks, then a slope of 6 dB over the band
	const through = "sox -R -t al -r 8000 -c 1 - -t al -e a-law - highpass 400 lowpass 3000 overdrive 6 gain -6 treble -4 1000"
	p := press{low: -10, high: -10, tone: 60 * ms, pause: 60 * ms}
	if got := heard(media.NewDetector(), sox(t, alaw(p.dial(allKeys+"1122")), through), 160); got != allKeys+"1122" {
		t.Errorf("heard %s", got)
	}
}

// TestSpeechAndMusicAreNoKeys is the test of talk-off. It speaks some minutes in nine voices; the limits of the
// detector were set with 39 hours of such speech, in which it hears 4 keys that are none, and with ten hours of chords.
func TestSpeechAndMusicAreNoKeys(t *testing.T) {
	const english = "Thank you for calling. Your call may be recorded for quality. Please say or key the extension of the person you wish to reach, or wait for an operator. " +
		"Nine five two eight, no: zero seven four one. Who is this? We shall see whether eighty-six euros is enough; why not try again on Tuesday at a quarter past eleven. "
	const russian = "Спасибо за звонок. Разговор записывается для контроля качества. Наберите внутренний номер сотрудника или дождитесь ответа оператора. " +
		"Девять, пять, два, восемь; нет, ноль семь четыре один. Кто это говорит? Перезвоните, пожалуйста, во вторник в четверть двенадцатого, будем рады помочь. "
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		t.Fatal("espeak-ng is not installed: apt install espeak-ng")
	}
	var minutes float64
	for i, voice := range []string{"en-gb", "en-us+f2", "en-us+f3", "en-gb+f5", "en+m3", "ru", "ru+f2", "ru+f4", "de+f3"} {
		text := english
		if strings.HasPrefix(voice, "ru") {
			text = russian
		}
		for _, pitch := range []int{50, 80} {
			speech := sox(t, []byte(text+text), fmt.Sprintf(
				"espeak-ng --stdin -b 1 -v %s -p %d -s %d --stdout | sox -R --ignore-length -t wav - -r 8000 -c 1 -t al -e a-law - gain -n -2 dither", voice, pitch, 130+10*i))
			minutes += float64(len(speech)) / 8000 / 60
			if got := heard(media.NewDetector(), speech, 160); got != "" {
				t.Errorf("%s at pitch %d: heard %s", voice, pitch, got)
			}
		}
	}
	if minutes < 4 {
		t.Errorf("only %.1f minutes were spoken", minutes)
	}
	for _, overtones := range []float64{0.3, 0.5, 0.7} {
		if got := heard(media.NewDetector(), chords(2000, overtones), 160); got != "" {
			t.Errorf("music with overtones of %v: heard %s", overtones, got)
		}
	}
}

// chords is music of n chords of two to four notes, each ringing out; each overtone has a share of the one below it.
func chords(n int, share float64) []byte {
	random := rand.New(rand.NewPCG(7, 7))
	var scale [37]float64   // Hz
	var turns [37][]float64 // one turn of each note with its overtones
	for i := range scale {
		scale[i] = 440 * math.Pow(2, float64(i-14)/12)
		turns[i] = turn(scale[i], share)
	}
	var music []float64
	for range n {
		notes := make([]int, 2+random.IntN(3))
		for i := range notes {
			notes[i] = random.IntN(len(scale))
		}
		for at := range 1600 + random.IntN(3200) {
			sum, fade := 0.0, 3000*math.Exp(-float64(at)/4000)
			for _, note := range notes {
				_, phase := math.Modf(scale[note] * float64(at) / 8000)
				sum += turns[note][int(phase*float64(len(turns[note])))]
			}
			music = append(music, sum*fade)
		}
	}
	return alaw(music)
}

// turn is one turn of a note with those of its overtones that a telephone carries, fine enough to be read at any place.
func turn(hz, share float64) []float64 {
	all := make([]float64, 8192)
	for i := range all {
		overtone := 1.0
		for n := 1.0; n*hz < 3500; n++ {
			all[i] += overtone * math.Sin(2*math.Pi*n*float64(i)/float64(len(all)))
			overtone *= share
		}
	}
	return all
}

func FuzzDetector(f *testing.F) {
	f.Add(alaw(usual.dial("1")), false)
	f.Add([]byte{0x2A, 0xAA}, true)
	f.Fuzz(func(t *testing.T, payload []byte, mu bool) {
		v := media.Voice{Payload: payload}
		if mu {
			v.Codec = media.PCMU
		}
		if keys := media.NewDetector().Voice(v); len(keys) > len(payload)/(35*8) {
			t.Fatalf("%d keys in %d samples", len(keys), len(payload))
		}
	})
}

func BenchmarkDetector(b *testing.B) {
	p := usual
	p.tone, p.pause = 100*ms, 100*ms
	random := rand.New(rand.NewPCG(1, 1))
	babble := make([]float64, 16000)
	for i := range babble {
		babble[i] = 3000 * math.Sin(float64(i)*0.1) * random.Float64()
	}
	for name, sound := range map[string][]byte{
		"silence": alaw(make([]float64, 16000)), "voice": alaw(babble), "keys": alaw(p.dial(allKeys)),
	} {
		b.Run(name, func(b *testing.B) {
			d, at := media.NewDetector(), 0
			b.ReportAllocs()
			for b.Loop() {
				d.Voice(media.Voice{Payload: sound[at : at+160]})
				if at += 160; at+160 > len(sound) {
					at = 0
				}
			}
		})
	}
}
