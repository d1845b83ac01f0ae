package demo

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"

	"roadline/cabinet"
	"roadline/media"
)

// evening is the company's own music on hold, as semitones from A at 440 Hz, two notes a second; it is made here, so that
// nobody's licence is asked.
var evening = [...]int{-9, -2, 3, 7, 3, -2, -5, 0, 5, 10, 5, 0, -7, 0, 5, 8, 5, 0, -9, -2, 3, 7, 10, 7}

const holdMusic = "evening"

// eveningSound plays the music: every note rings out over the next ones, and around the end of the loop into its beginning.
func eveningSound() media.Sound {
	const note = media.SampleRate / 2
	tune := make([]float64, len(evening)*note)
	for i, semitone := range evening {
		hertz := 440 * math.Pow(2, float64(semitone)/12)
		for n := range 5 * note {
			t := float64(n) / media.SampleRate
			swell := math.Min(1, t/0.02)
			ring := 0.8*math.Sin(2*math.Pi*hertz*t) + 0.25*math.Sin(4*math.Pi*hertz*t) + 0.1*math.Sin(6*math.Pi*hertz*t)
			tune[(i*note+n)%len(tune)] += swell * math.Exp(-1.8*t) * ring
		}
	}
	alaw := make([]byte, len(tune))
	for i, s := range tune {
		alaw[i] = media.EncodeALaw(int16(6000 * s))
	}
	return media.NewSound(holdMusic, alaw)
}

// uploadMusic gives the company its music on hold, unless an earlier start did, or somebody at the demo another sound.
func (d *Demo) uploadMusic(ctx context.Context) error {
	prompts := fmt.Sprintf("companies/%s/prompts", d.company.Profile.ID)
	var all []cabinet.PromptShown
	if err := d.ask(ctx, http.MethodGet, prompts, nil, &all); err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(p cabinet.PromptShown) bool { return p.Prompt == holdMusic }) {
		return nil
	}
	return d.ask(ctx, http.MethodPut, prompts+"/"+holdMusic+"/sound?music=true&file=evening.wav", bytes.NewReader(eveningSound().WAV()), &cabinet.PromptShown{})
}
