package media_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"roadline/media"
)

// hear plays some of a source.
func hear(t *testing.T, source media.Source, length time.Duration) []byte {
	t.Helper()
	s := media.SoundOf("heard", source, length)
	if s.Duration() < length {
		t.Fatalf("%v: ended after %v", source, s.Duration())
	}
	return s.ALaw()
}

// cadenceOf measures when sound begins and ends, in ms: "1000 on, 4000 off".
func cadenceOf(sound []byte) string {
	const step = 8 // 1 ms
	text, on, since := "", false, 0
	quiet := 0
	for at := 0; at+step <= len(sound); at += step {
		top := 0
		for _, b := range sound[at : at+step] {
			top = max(top, int(media.DecodeALaw(b)))
		}
		if top < 400 {
			quiet++
		} else {
			quiet = 0
		}
		if now := quiet < 12; now != on {
			end := at/step + 1
			if !now {
				end -= 12
			}
			if on || since > 0 {
				text += fmt.Sprintf("%d %s, ", int(math.Round(float64(end-since)/10))*10, map[bool]string{true: "on", false: "off"}[on])
			}
			on, since = now, end
		}
	}
	return text
}

func TestEveryCountryRingsAsItsNetworkDoes(t *testing.T) {
	for country, want := range map[string]struct {
		cadence string
		hertz   []float64
	}{
		"RU": {"1000 on, 4000 off, 1000 on, ", []float64{425}},
		"kz": {"1000 on, 4000 off, 1000 on, ", []float64{425}},
		"DE": {"1000 on, 4000 off, 1000 on, ", []float64{425}},
		"GB": {"400 on, 200 off, 400 on, 2000 off, 400 on, 200 off, 400 on, 2000 off, 400 on, 200 off, ", []float64{400, 450}},
		"US": {"2000 on, 4000 off, ", []float64{440, 480}},
		"KE": {"670 on, 3000 off, 1500 on, ", []float64{425}},
		"TH": {"1000 on, 4000 off, 1000 on, ", []float64{400}},
		"XX": {"1000 on, 4000 off, 1000 on, ", []float64{425}},
	} {
		sound := hear(t, media.NewTone(media.RingBackTone, country), 7*time.Second)
		if got := cadenceOf(sound); got != want.cadence {
			t.Errorf("%s: %s, want %s", country, got, want.cadence)
		}
		each := -10 - 10*math.Log10(float64(len(want.hertz)))
		for _, hertz := range want.hertz {
			got := levelAt(sound[400:2400], hertz) + 3.14 // of a full-scale sine to dBm0
			if math.Abs(got-each) > 0.5 {
				t.Errorf("%s: %v Hz at %.1f dBm0, want %.1f", country, hertz, got, each)
			}
		}
	}
}

func TestEveryKindOfToneHasItsCadence(t *testing.T) {
	for kind, want := range map[media.ToneKind]string{
		media.BusyTone:        "480 on, 480 off, 480 on, 480 off, ",
		media.CongestionTone:  "240 on, 240 off, 240 on, 240 off, 240 on, 240 off, 240 on, 240 off, ",
		media.DialTone:        "",
		media.InformationTone: "990 on, ",
	} {
		if got := cadenceOf(hear(t, media.NewTone(kind, "DE"), 1960*time.Millisecond)); got != want {
			t.Errorf("%v: %s, want %s", kind, got, want)
		}
	}
	for kind, want := range map[media.ToneKind]time.Duration{
		media.Beep: 240 * time.Millisecond, media.ErrorTone: 540 * time.Millisecond, media.ConfirmTone: 280 * time.Millisecond,
		media.SoftBeep: 160 * time.Millisecond, media.HoldReminder: 340 * time.Millisecond,
	} {
		source := media.NewTone(kind, "")
		if got := time.Duration(len(drain(t, source))) * time.Second / 8000; got != want {
			t.Errorf("%v lasts %v, want %v", source, got, want)
		}
	}
}

func TestCallsHaveNamesForTones(t *testing.T) {
	for name, want := range map[string]struct {
		hertz, dBm0 float64
		lasts       time.Duration
	}{
		"dial-tone":     {350, -13, 10 * time.Second},
		"next-tone":     {350, -13, 4 * time.Second},
		"beep":          {1000, -10, 240 * time.Millisecond},
		"soft-beep":     {1000, -20, 160 * time.Millisecond},
		"error":         {425, -10, 540 * time.Millisecond},
		"understood":    {600, -10, 280 * time.Millisecond},
		"hold-reminder": {800, -20, 340 * time.Millisecond},
	} {
		source, ok := media.NamedTone(name, "US")
		if !ok {
			t.Errorf("no %s", name)
			continue
		}
		sound := drain(t, source)
		if got := time.Duration(len(sound)) * time.Second / 8000; got != want.lasts {
			t.Errorf("%s (%v) lasts %v, want %v", name, source, got, want.lasts)
		}
		if got := levelAt(sound[80:400], want.hertz) + 3.14; math.Abs(got-want.dBm0) > 1 {
			t.Errorf("%s: %v Hz at %.1f dBm0, want %.1f", name, want.hertz, got, want.dBm0)
		}
	}
	if _, ok := media.NamedTone("welcome", "US"); ok {
		t.Error("a prompt is a tone")
	}
}

func TestAToneSwellsAndFadesWithoutAClick(t *testing.T) {
	sound := hear(t, media.NewTone(media.BusyTone, "RU"), time.Second) // 350 ms hold 148.75 periods of 425 Hz
	for _, at := range []int{0, 2799, 5600} {
		if s := media.DecodeALaw(sound[at]); s > 400 || s < -400 {
			t.Errorf("sample %d is %d", at, s)
		}
	}
}

func TestAModulatedDialToneHasBothSidebands(t *testing.T) {
	sound := hear(t, media.NewTone(media.DialTone, "TH"), time.Second)
	for hertz, want := range map[float64]float64{400: -11.76, 350: -17.78, 450: -17.78} {
		if got := levelAt(sound[400:6800], hertz) + 3.14; math.Abs(got-want) > 0.5 {
			t.Errorf("%v Hz at %.1f dBm0, want %.1f", hertz, got, want)
		}
	}
}

func TestAToneHoldsItsLevelForHours(t *testing.T) {
	source := media.NewTone(media.DialTone, "US")
	var frame [media.FrameSamples]byte
	for range 2 * 3600 * 50 {
		source.Frame(&frame)
	}
	if got := levelAt(hear(t, source, time.Second), 440) + 3.14; math.Abs(got-(-13)) > 0.3 {
		t.Errorf("%.2f dBm0", got)
	}
}

func TestNoToneIsTakenForAKey(t *testing.T) {
	for country := range map[string]bool{"RU": true, "GB": true, "US": true, "IN": true, "TH": true, "FR": true} {
		for kind := range media.HoldReminder + 1 {
			sound := media.SoundOf("tone", media.NewTone(kind, country), 5*time.Second)
			if got := heard(media.NewDetector(), sound.ALaw(), 160); got != "" {
				t.Errorf("%v of %s is heard as %s", kind, country, got)
			}
		}
	}
}

func BenchmarkTone(b *testing.B) {
	source := media.NewTone(media.DialTone, "US")
	var frame [media.FrameSamples]byte
	b.ReportAllocs()
	for b.Loop() {
		source.Frame(&frame)
	}
}
