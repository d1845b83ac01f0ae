package house

import (
	"context"
	"errors"
	"strings"
	"time"

	"roadline/cabinet"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/media"
	"roadline/media/prompt"
	"roadline/store"
)

// What companies uploaded in place of texts, and how the cabinet hears what callers hear.

const (
	soundsEvery    = 30 * time.Second // until another node plays what was uploaded at this one
	longestUpload  = 5 * time.Minute  // it lies in memory
	longestPlaying = 15 * time.Minute // of what is played in the cabinet: several sounds one after the other
)

var _ cabinet.Sounds = (*words)(nil)

// Make makes of a WAV file what callers will hear of it.
func (w *words) Make(wav []byte, music bool) (kept []byte, length time.Duration, err error) {
	load := media.LoadPrompt
	if music {
		load = media.LoadMusic
	}
	w.making.Lock()
	defer w.making.Unlock()
	sound, err := load("the file", wav)
	switch {
	case err != nil:
		return nil, 0, err
	case sound.Duration() > longestUpload:
		return nil, 0, cause.Errorf(cause.Invalid, "the file is longer than %v: shorten it", longestUpload)
	case sound.Samples() == 0 || silent(sound):
		return nil, 0, cause.Errorf(cause.Invalid, "nothing is heard in the file: record it louder")
	}
	return sound.WAV(), sound.Duration(), nil
}

// silent reports whether nothing is heard of a sound.
func silent(s media.Sound) bool {
	return strings.Trim(string(s.ALaw()), string([]byte{media.Silence})) == ""
}

// Take has calls hear the sounds of a company as PostgreSQL has them now.
func (w *words) Take(ctx context.Context, company fmc.CompanyID) error {
	w.copying.Lock()
	defer w.copying.Unlock()
	tenant := w.store.For(company)
	kept, err := tenant.PromptSounds(ctx)
	if err != nil {
		return err
	}
	return w.take(ctx, tenant, company, kept)
}

// take copies what changed, and has calls hear it. Who calls holds copying.
func (w *words) take(ctx context.Context, tenant *store.Tenant, company fmc.CompanyID, kept []store.PromptSound) error {
	changed, err := w.uploads.match(ctx, tenant, company, kept)
	if changed {
		w.load(ctx, company)
	}
	return err
}

// load brings the sounds of a company from the node's disk into memory. What cannot be read is told in the log, and its text
// spoken.
func (w *words) load(ctx context.Context, company fmc.CompanyID) {
	texts, err := w.uploads.texts(company)
	if err != nil {
		w.log.Error("uploaded sounds not all read", "company", company, "err", err)
	}
	library := prompt.NewLibrary(w.studio, nil)
	if err := library.Prepare(ctx, texts); err != nil {
		w.log.Error("uploaded sounds not all taken", "company", company, "err", err)
	}
	w.change(company, func(v *voice) { v.uploaded = library })
}

// Run keeps the node's copies as PostgreSQL has the sounds until ctx is done: what was uploaded at another node, or is lost
// here.
func (w *words) Run(ctx context.Context) error {
	if w.store.Ready(ctx) != nil {
		return nil // ctx is done
	}
	tick := time.NewTicker(soundsEvery)
	defer tick.Stop()
	for {
		if err := w.compare(ctx); err != nil && ctx.Err() == nil {
			w.log.Warn("uploaded sounds not compared", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// compare takes what changed in any company; one whose sounds cannot be copied keeps none of the others from theirs.
func (w *words) compare(ctx context.Context) error {
	w.copying.Lock()
	defer w.copying.Unlock()
	kept, err := w.store.Operator().PromptSounds(ctx)
	if err != nil {
		return err
	}
	for _, c := range w.directory.Companies() {
		id := c.Profile.ID
		err = errors.Join(err, w.take(ctx, w.store.For(id), id, kept[id]))
	}
	return err
}

// Play returns what the people of a company hear of a prompt, as a WAV file. A message that was left is no prompt.
func (w *words) Play(company fmc.CompanyID, id fmc.PromptID) ([]byte, error) {
	language, _ := w.home(company)
	_, _, message := id.Message()
	u, ok := prompt.Utterance{}, false
	if !message && !strings.Contains(string(id), "+") {
		u, ok = w.said(company, id, language)
	}
	if !ok {
		return nil, cause.Errorf(cause.NotFound, "callers can hear no prompt %q", id)
	}
	return media.SoundOf(string(id), media.Once(u.Sounds...), longestPlaying).PCM(), nil
}
