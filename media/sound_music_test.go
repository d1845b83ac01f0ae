package media_test

import (
	"bytes"
	"math"
	"testing"
	"time"

	"roadline/media"
)

func TestTheMusicOnHoldLoopsAndIsNeverTakenForAKey(t *testing.T) {
	music := media.HoldMusic()
	if !bytes.Equal(music.ALaw(), media.HoldMusic().ALaw()) {
		t.Error("it is not the same twice")
	}
	if d := music.Duration(); d < 20*time.Second || d > 40*time.Second {
		t.Error(d)
	}
	twice := media.SoundOf("twice", media.Loop(2, 0, music), 2*music.Duration()).ALaw()
	if got := heard(media.NewDetector(), twice, 160); got != "" {
		t.Errorf("heard as %s", got)
	}
	seam := len(twice) / 2
	step := func(at int) float64 {
		return math.Abs(float64(media.DecodeALaw(twice[at])) - float64(media.DecodeALaw(twice[at-1])))
	}
	most := 0.0
	for at := 1; at < seam; at++ {
		most = max(most, step(at))
	}
	if step(seam) > most/2 {
		t.Errorf("a click of %v where the loop closes", step(seam))
	}
	var energy, second float64
	for i, b := range twice[:seam] { // neither loud nor ever silent for a second
		s := float64(media.DecodeALaw(b)) / 32768
		energy += s * s
		second += s * s
		if i%8000 == 7999 {
			if second < 8000*1e-5 {
				t.Errorf("silence at %d s", i/8000)
			}
			second = 0
		}
	}
	if level := 10 * math.Log10(energy/float64(seam)); level < -30 || level > -25 {
		t.Errorf("%.1f dB", level)
	}
}

func BenchmarkHoldMusic(b *testing.B) {
	for b.Loop() {
		media.HoldMusic()
	}
}
