package outside

import (
	"testing"
	"time"

	"roadline/media"
)

// speechLike is sound of which no frame is like another.
func speechLike(seed uint32, frames int) media.Sound {
	alaw := make([]byte, frames*media.FrameSamples)
	for i := range alaw {
		seed = seed*1664525 + 1013904223 // Numerical Recipes' generator
		alaw[i] = byte(seed >> 24)
	}
	return media.NewSound("speech", alaw)
}

func TestAnEarUnderstandsSoundThatIsCutElsewhere(t *testing.T) {
	hello, other := Phrase{"hello", speechLike(1, 40)}, Phrase{"other", speechLike(2, 40)}
	e := newEar(NewPhrases(hello, other), func() {})
	heard := &tuned{ear: e}
	var said []int16
	source := media.Once(hello.Sound)
	var alaw frame
	for source.Frame(&alaw) {
		for _, b := range alaw {
			said = append(said, media.DecodeALaw(b))
		}
	}
	said = append(make([]int16, 37), said...)       // it begins within a frame,
	said = append(said[:1000:1000], said[1011:]...) // a drifting clock leaves some out,
	for at := 0; at < len(said); at += 400 {        // and it is listened to now and then
		heard.hear(said[at:min(at+400, len(said))], time.Duration(at)*time.Second/media.SampleRate)
	}
	if got := e.understood([]string{"other", "hello"}); got != "hello" {
		t.Errorf("understood %q", got)
	}
}
