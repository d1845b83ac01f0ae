package prompt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"

	"roadline/fmc/cause"
	"roadline/media"
)

// atOnce is how many texts are spoken at the same time.
const atOnce = 2

// Library holds what one company says, or what the house says to everybody. Find reads an immutable snapshot in memory,
// which has all but the sound of what is seldom said; Prepare replaces it.
type Library struct {
	studio *Studio
	base   *Library // asked for what is not here; nil for the house's own
	shelf  atomic.Pointer[map[entry]clip]
}

type entry struct {
	id       ID
	language Language
}

// clip is one text, spoken.
type clip struct {
	sound   media.Sound // of no length where it lies on disk
	music   bool
	version string
	disk    *Studio // has the sound in its folder; nil: it is here
}

// heard is the clip with its sound.
func (c clip) heard(id ID) (clip, error) {
	if c.disk == nil {
		return c, nil
	}
	sound, err := c.disk.read(c.version)
	if err != nil {
		return c, cause.Errorf(cause.Unavailable, "prompt %s: %w", id, err)
	}
	c.sound = sound.Named(string(id))
	return c, nil
}

// NewLibrary makes an empty library that falls back on base, which may be nil.
func NewLibrary(studio *Studio, base *Library) *Library {
	l := &Library{studio: studio, base: base}
	l.shelf.Store(&map[entry]clip{})
	return l
}

// Over is the same library with another to fall back on.
func (l *Library) Over(base *Library) *Library {
	over := &Library{studio: l.studio, base: base}
	over.shelf.Store(l.shelf.Load())
	return over
}

// Prepare makes the library hold exactly these texts, speaking what was never spoken. The error names every text that
// could not be made, with its reason; the others are there all the same, and what Find then misses is for the call's
// rules to judge. When ctx ends first nothing is changed.
func (l *Library) Prepare(ctx context.Context, texts []Text) error {
	made := make([]clip, len(texts))
	failed := make([]error, len(texts))
	next := make(chan int)
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for i := range next {
				made[i], failed[i] = l.make(ctx, texts[i])
			}
		})
	}
	for i := range texts {
		next <- i
	}
	close(next)
	workers.Wait()
	if err := ctx.Err(); err != nil {
		return cause.Errorf(cause.Unavailable, "prepare %d prompts: %w", len(texts), err)
	}
	shelf := map[entry]clip{}
	for i, text := range texts {
		if failed[i] == nil {
			shelf[entry{text.ID, text.Language}] = made[i]
		}
	}
	l.shelf.Store(&shelf)
	return errors.Join(failed...)
}

// make speaks a text, or reads its recording.
func (l *Library) make(ctx context.Context, text Text) (c clip, err error) {
	switch {
	case ctx.Err() != nil:
		return c, ctx.Err()
	case text.ID == "" || strings.Contains(string(text.ID), separator):
		err = cause.Errorf(cause.Invalid, "a prompt's name has at least one letter and no %q", separator)
	case text.Sound.Samples() > 0:
		c.sound, c.music, c.version = text.Sound, text.Music, versionOf(text.Sound.ALaw())
	case len(text.Recording) > 0:
		c.version = versionOf(text.Recording)
		c.sound, err = media.LoadPrompt(string(text.ID), text.Recording)
	default:
		c.sound, c.version, err = l.studio.Speak(ctx, text.Words, text.Language)
		if text.Seldom {
			c.sound, c.disk = media.Sound{}, l.studio
		}
	}
	if err != nil {
		return clip{}, fmt.Errorf("prompt %s in %s: %w", cmp.Or(text.ID, "without a name"), text.Language, err)
	}
	c.sound = c.sound.Named(string(text.ID))
	return c, nil
}

// Has lists what the library itself holds in a language, in no order.
func (l *Library) Has(language Language) []ID {
	var ids []ID
	for e := range maps.Keys(*l.shelf.Load()) {
		if e.language == language {
			ids = append(ids, e.id)
		}
	}
	return ids
}

// lookup finds one text here or in the base.
func (l *Library) lookup(id ID, language Language) (clip, bool) {
	for ; l != nil; l = l.base {
		if c, ok := (*l.shelf.Load())[entry{id, language}]; ok {
			return c, true
		}
	}
	return clip{}, false
}
