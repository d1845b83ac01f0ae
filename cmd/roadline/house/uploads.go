package house

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/media"
	"roadline/media/prompt"
	"roadline/store"
	"roadline/store/safefile"
)

// uploads are the sounds that administrators uploaded in place of the texts of prompts, copied from PostgreSQL to this
// node's disk, so that calls need no PostgreSQL: a folder for each company, a file for each sound, whose name says all that
// is known of it. One goroutine at a time changes them.
type uploads struct{ folder string }

// uploadName is a sound's file: prompt, language, when it was uploaded in milliseconds, and what it is.
func uploadName(s store.PromptSound) string {
	kind := "speech"
	if s.Music {
		kind = "music"
	}
	return fmt.Sprintf("%s.%s.%d.%s.wav", url.PathEscape(string(s.Prompt)), s.Language, s.At.UnixMilli(), kind)
}

// readUploadName reads such a name; false for somebody else's file.
func readUploadName(name string) (s store.PromptSound, ok bool) {
	parts := strings.Split(strings.TrimSuffix(name, ".wav"), ".")
	if len(parts) < 4 {
		return s, false
	}
	last := len(parts) - 1
	id, err := url.PathUnescape(strings.Join(parts[:last-2], "."))
	ms, bad := strconv.ParseInt(parts[last-1], 10, 64)
	s = store.PromptSound{Prompt: fmc.PromptID(id), Language: parts[last-2], At: time.UnixMilli(ms), Music: parts[last] == "music"}
	return s, err == nil && bad == nil && uploadName(s) == name
}

// texts are a company's sounds as its library takes them. A file that cannot be read is left out, and said in the error: the
// prompt's text is spoken until the sound is copied anew.
func (u uploads) texts(company fmc.CompanyID) (texts []prompt.Text, err error) {
	files, err := filepath.Glob(filepath.Join(u.folder, string(company), "*.wav"))
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "sounds of %s: %w", company, err)
	}
	for _, file := range files {
		s, ok := readUploadName(filepath.Base(file))
		if !ok {
			continue
		}
		wav, bad := os.ReadFile(file)
		if bad == nil {
			var sound media.Sound
			if sound, bad = media.ReadSound(string(s.Prompt), wav); bad == nil {
				texts = append(texts, prompt.Text{ID: prompt.ID(s.Prompt), Language: prompt.Language(s.Language), Sound: sound, Music: s.Music})
				continue
			}
			bad = errors.Join(bad, os.Remove(file))
		}
		err = errors.Join(err, cause.Errorf(cause.Unavailable, "sound %s of %s: %w", s.Prompt, company, bad))
	}
	return texts, err
}

// match makes a company's folder hold what PostgreSQL has, and reports whether it did not before. Where a sound cannot be
// copied, as on a full disk, the others are, and what it would replace stays.
func (u uploads) match(ctx context.Context, tenant *store.Tenant, company fmc.CompanyID, kept []store.PromptSound) (changed bool, err error) {
	folder := filepath.Join(u.folder, string(company))
	files, err := filepath.Glob(filepath.Join(folder, "*.wav"))
	if err != nil {
		return false, cause.Errorf(cause.Unavailable, "sounds of %s: %w", company, err)
	}
	stale := map[string]bool{}
	for _, f := range files {
		stale[filepath.Base(f)] = true
	}
	for _, s := range kept {
		name := uploadName(s)
		file := filepath.Join(folder, name)
		delete(stale, name)
		if info, err := os.Stat(file); err == nil && info.Size() == s.Bytes {
			continue
		}
		if bad := u.copy(ctx, tenant, s, file); bad != nil {
			err = errors.Join(err, fmt.Errorf("sound %s of %s: %w", s.Prompt, company, bad))
			continue
		}
		changed = true
	}
	if err != nil {
		return changed, err
	}
	for name := range stale {
		changed = true
		err = errors.Join(err, os.Remove(filepath.Join(folder, name)))
	}
	return changed, err
}

func (u uploads) copy(ctx context.Context, tenant *store.Tenant, s store.PromptSound, file string) error {
	wav, err := tenant.PromptSound(ctx, s.Prompt, s.Language)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return cause.Errorf(cause.Unavailable, "folder of sounds: %w", err)
	}
	if err := safefile.Write(file, wav); err != nil {
		return cause.Errorf(cause.Unavailable, "write %s: %w", filepath.Base(file), err)
	}
	return nil
}
