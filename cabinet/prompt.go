package cabinet

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"roadline/cabinet/access"
	"roadline/cabinet/times"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// Sounds are what is said and played to the people of companies.
type Sounds interface {
	// Make makes of a WAV file what callers will hear of it; what cannot be read or heard is cause.Invalid. It may take a
	// second.
	Make(wav []byte, music bool) (kept []byte, length time.Duration, err error)
	// Take has calls hear the sounds of a company as PostgreSQL has them now.
	Take(context.Context, fmc.CompanyID) error
	// Play returns what the people of a company hear of a prompt, as a WAV file; cause.NotFound where that is nothing.
	Play(fmc.CompanyID, fmc.PromptID) ([]byte, error)
}

// PromptSource is where what callers hear of a prompt comes from.
type PromptSource string

// The sources of prompts. Of one name the first of them is heard.
const (
	PromptUploaded PromptSource = "uploaded"
	PromptByPhone  PromptSource = "phone"
	PromptOwnText  PromptSource = "text"
	PromptHouse    PromptSource = "house"
)

// PromptShown is a prompt of a company.
type PromptShown struct {
	Prompt   fmc.PromptID  `json:"prompt"`
	Source   PromptSource  `json:"source,omitempty" enum:"uploaded,phone,text,house" doc:"Left out: callers hear nothing of that name."`
	Words    string        `json:"words,omitempty"`    // that are spoken where there is no sound
	Language string        `json:"language,omitempty"` // of an uploaded sound
	File     string        `json:"file,omitempty"`     // what it was called
	Music    bool          `json:"music,omitempty"`    // it is played on and on without a pause
	Length   times.Seconds `json:"length_s,omitempty"` // of a sound that was uploaded or said by phone
	At       *time.Time    `json:"at,omitempty"`       // when that was
	By       string        `json:"by,omitempty"`       // a person, or "machine"
}

// Prompts returns what callers of a company hear: what was uploaded, what its people said by phone, its own texts, and what
// the house says under names that are none of those.
func (a *API) Prompts(ctx context.Context, c *fmc.Company) ([]PromptShown, error) {
	tenant := a.o.Store.For(c.Profile.ID)
	uploaded, err := tenant.PromptSounds(ctx)
	if err != nil {
		return nil, err
	}
	byPhone, err := tenant.RecordedPrompts(ctx)
	if err != nil {
		return nil, err
	}
	all, heard := []PromptShown{}, map[fmc.PromptID]bool{}
	for _, s := range uploaded {
		all = append(all, showSound(c, s))
		heard[s.Prompt] = heard[s.Prompt] || s.Language == LanguageOf(c)
	}
	for _, p := range byPhone {
		at := p.At.UTC()
		all = append(all, PromptShown{Prompt: p.Prompt, Source: PromptByPhone, Length: times.In(p.To - p.From), At: &at, By: string(p.Employee)})
	}
	for _, id := range configs.HousePrompts() {
		if _, own := c.Profile.Words[fmc.PromptID(id)]; !own && !heard[fmc.PromptID(id)] {
			all = append(all, PromptShown{Prompt: fmc.PromptID(id), Source: PromptHouse})
		}
	}
	for id, words := range c.Profile.Words {
		if !heard[id] {
			all = append(all, PromptShown{Prompt: id, Source: PromptOwnText, Words: words})
		}
	}
	slices.SortStableFunc(all, func(a, b PromptShown) int { return strings.Compare(string(a.Prompt), string(b.Prompt)) })
	return all, nil
}

func showSound(c *fmc.Company, s store.PromptSound) PromptShown {
	at := s.At.UTC()
	return PromptShown{
		Prompt: s.Prompt, Source: PromptUploaded, Words: c.Profile.Words[s.Prompt], Language: s.Language, File: s.File, Music: s.Music, Length: times.In(s.Length),
		At: &at, By: s.Author,
	}
}

// LanguageOf is what callers of a company hear.
func LanguageOf(c *fmc.Company) string { return cmp.Or(c.Profile.Language, "en") }

// PromptHeard returns a prompt as callers of the company hear it, in their language; without a source where that is nothing.
func (a *API) PromptHeard(ctx context.Context, c *fmc.Company, id fmc.PromptID) (PromptShown, error) {
	all, err := a.Prompts(ctx, c)
	i := slices.IndexFunc(all, func(p PromptShown) bool {
		return p.Prompt == id && (p.Source != PromptUploaded || p.Language == LanguageOf(c))
	})
	if err != nil || i < 0 {
		return PromptShown{Prompt: id}, err
	}
	return all[i], nil
}

// SoundWanted is a WAV file that is to be heard in place of a prompt's text.
type SoundWanted struct {
	Prompt   fmc.PromptID
	Language string // empty: what callers of the company hear
	File     string // what the file is called; empty: not known
	Music    bool   // it is kept whole, at the level of music, and played on and on without a pause
	By       string
	WAV      []byte
}

// mostSound is how large a WAV file may be, in bytes: more than five minutes of a telephone's sound, or 43 s of a studio's.
const mostSound = mostBody

// check reads what is wanted for a company.
func (s *SoundWanted) check(c *fmc.Company) error {
	s.Language = cmp.Or(s.Language, LanguageOf(c))
	switch id := string(s.Prompt); {
	case id == "" || len(id) > 64 || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "":
		return cause.Errorf(cause.Invalid, "prompt %q: write a name of lower-case Latin letters, digits, - and _, such as \"welcome\"", id)
	case s.Language != "en" && s.Language != "ru":
		return cause.Errorf(cause.Invalid, "language %q: write en or ru", s.Language)
	case len(s.WAV) == 0:
		return cause.Errorf(cause.Invalid, "there is no file: choose a WAV file")
	case len(s.WAV) > mostSound:
		return cause.Errorf(cause.Invalid, "the file has %d bytes: shorten it, or save it as mono at 16000 Hz; at most %d are taken", len(s.WAV), mostSound)
	}
	if name := []rune(s.File); len(name) > 200 {
		s.File = string(name[:200])
	}
	return nil
}

// KeepSound has calls hear a WAV file in place of a prompt's text from now on. The audit entry of the context tells what was
// there before.
func (a *API) KeepSound(ctx context.Context, c *fmc.Company, wanted SoundWanted) (PromptShown, error) {
	if err := wanted.check(c); err != nil {
		return PromptShown{}, err
	}
	kept, length, err := a.o.Sounds.Make(wanted.WAV, wanted.Music)
	if err != nil {
		return PromptShown{}, err
	}
	id := c.Profile.ID
	s, err := a.o.Store.For(id).KeepPromptSound(ctx, store.PromptSound{
		Prompt: wanted.Prompt, Language: wanted.Language, Author: wanted.By, File: wanted.File, Music: wanted.Music, Length: length,
	}, kept)
	if err != nil {
		return PromptShown{}, err
	}
	a.o.Log.Info("sound uploaded", "company", id, "account", wanted.By, "dur", length)
	a.takeSounds(ctx, id)
	return showSound(c, s), nil
}

// RemoveSound has a prompt's text spoken again, and returns what callers hear of it then. An empty language is theirs.
func (a *API) RemoveSound(ctx context.Context, c *fmc.Company, prompt fmc.PromptID, language string) (PromptShown, error) {
	id := c.Profile.ID
	if err := a.o.Store.For(id).RemovePromptSound(ctx, prompt, cmp.Or(language, LanguageOf(c))); err != nil {
		return PromptShown{}, err
	}
	a.o.Log.Info("sound removed", "company", id)
	a.takeSounds(ctx, id)
	return a.PromptHeard(ctx, c, prompt)
}

// takeSounds has this node's calls hear what was kept. A node that cannot now does so later by itself.
func (a *API) takeSounds(ctx context.Context, id fmc.CompanyID) {
	if err := a.o.Sounds.Take(context.WithoutCancel(ctx), id); err != nil {
		a.o.Log.Error("sounds not taken yet", "company", id, "err", err)
	}
}

// PromptSound is a prompt as callers hear it, a WAV file. The viewer may read the company's document.
func (a *API) PromptSound(v access.Viewer, prompt fmc.PromptID) ([]byte, error) {
	if err := v.Need(access.DocumentRead, access.Company); err != nil {
		return nil, err
	}
	return a.o.Sounds.Play(v.Company, prompt)
}

// On the socket.

// prompts returns what callers hear.
func (a *API) prompts(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err == nil {
		_, err = query(r)
	}
	if err != nil {
		return nil, err
	}
	return a.Prompts(r.Context(), c)
}

// promptSound sends a prompt as callers hear it, or the sound that was uploaded in a language.
func (a *API) promptSound(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	q, err := query(r, "language")
	if err != nil {
		return nil, err
	}
	id := fmc.PromptID(r.PathValue("prompt"))
	if language := q.Get("language"); language != "" {
		wav, err := a.o.Store.For(c.Profile.ID).PromptSound(r.Context(), id, language)
		return played{wav}, err
	}
	wav, err := a.o.Sounds.Play(c.Profile.ID, id)
	return played{wav}, err
}

// setPromptSound takes a WAV file in place of a prompt's text.
func (a *API) setPromptSound(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	q, err := query(r, "language", "music", "file")
	if err != nil {
		return nil, err
	}
	wanted := SoundWanted{Prompt: fmc.PromptID(r.PathValue("prompt")), Language: q.Get("language"), File: q.Get("file"), By: machine}
	if text := q.Get("music"); text != "" {
		if wanted.Music, err = strconv.ParseBool(text); err != nil {
			return nil, cause.Errorf(cause.Invalid, "music %q: write true or false", text)
		}
	}
	if wanted.WAV, err = io.ReadAll(r.Body); err != nil {
		if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, cause.Errorf(cause.Invalid, "the file is larger than %d bytes: shorten it, or save it as mono at 16000 Hz", tooLarge.Limit)
		}
		return nil, cause.Errorf(cause.Invalid, "the file: %w", err)
	}
	return a.KeepSound(r.Context(), c, wanted)
}

// removePromptSound has a prompt's text spoken again.
func (a *API) removePromptSound(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	q, err := query(r, "language")
	if err != nil {
		return nil, err
	}
	return a.RemoveSound(r.Context(), c, fmc.PromptID(r.PathValue("prompt")), q.Get("language"))
}

// played is what callers hear, on its way out.
type played struct{ wav []byte }

func (p played) send(w http.ResponseWriter, r *http.Request) {
	sendSound(w, r, bytes.NewReader(p.wav))
}
