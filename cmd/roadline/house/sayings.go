package house

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/media/prompt"
	"roadline/store/safefile"
)

// sayings are the prompts that people of the companies said by phone: a folder for each company, a file for each prompt,
// named by the prompt and by when it was said, in milliseconds. Of one prompt the newest counts.
type sayings struct{ folder string }

// saying is one file.
type saying struct {
	prompt fmc.PromptID
	at     time.Time // when it was said, to a millisecond
	file   string
}

// all are a company's, the newest of each prompt.
func (s sayings) all(company fmc.CompanyID) (map[fmc.PromptID]saying, error) {
	files, err := filepath.Glob(filepath.Join(s.folder, string(company), "*.wav"))
	if err != nil {
		return nil, fmt.Errorf("prompts of %s: %w", company, err)
	}
	newest := map[fmc.PromptID]saying{}
	for _, f := range files {
		name, at, _ := strings.Cut(strings.TrimSuffix(filepath.Base(f), ".wav"), ".")
		id, err := url.PathUnescape(name)
		ms, bad := strconv.ParseInt(at, 10, 64)
		if err != nil || bad != nil {
			continue // somebody else's file
		}
		x := saying{prompt: fmc.PromptID(id), at: time.UnixMilli(ms), file: f}
		if old, ok := newest[x.prompt]; !ok || x.at.After(old.at) {
			newest[x.prompt] = x
		}
	}
	return newest, nil
}

// has reports whether a company's prompt that was said at an instant, or a newer one, is there.
func (s sayings) has(company fmc.CompanyID, id fmc.PromptID, at time.Time) bool {
	all, err := s.all(company)
	x, ok := all[id]
	return err == nil && ok && !x.at.Before(at.Truncate(time.Millisecond))
}

// keep writes a prompt and removes older ones of its name.
func (s sayings) keep(company fmc.CompanyID, id fmc.PromptID, at time.Time, wav []byte) error {
	folder := filepath.Join(s.folder, string(company))
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return cause.Errorf(cause.Unavailable, "folder of prompts: %w", err)
	}
	before, err := s.all(company)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%s.%d.wav", url.PathEscape(string(id)), at.UnixMilli())
	if err := safefile.Write(filepath.Join(folder, name), wav); err != nil {
		return cause.Errorf(cause.Unavailable, "prompt %s of %s: %w", id, company, err)
	}
	if old, ok := before[id]; ok && filepath.Base(old.file) != name && old.at.Before(at) {
		return os.Remove(old.file)
	}
	return nil
}

// texts are a company's sayings as its library takes them.
func (s sayings) texts(company fmc.CompanyID, language prompt.Language) ([]prompt.Text, error) {
	all, err := s.all(company)
	if err != nil {
		return nil, err
	}
	var texts []prompt.Text
	for id, x := range all {
		wav, err := os.ReadFile(x.file)
		if err != nil {
			return nil, cause.Errorf(cause.Unavailable, "prompt %s of %s: %w", id, company, err)
		}
		texts = append(texts, prompt.Text{ID: prompt.ID(id), Language: language, Recording: wav})
	}
	return texts, nil
}
