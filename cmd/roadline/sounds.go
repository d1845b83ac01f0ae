package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"roadline/cabinet"
)

// soundFile is an uploaded sound as a file beside a company's document: PROMPT.LANGUAGE.wav, or PROMPT.LANGUAGE.music.wav.
type soundFile struct {
	path, prompt, language string
	music                  bool
}

const musicSuffix = ".music"

// soundName is what the file of an uploaded sound is called.
func soundName(x cabinet.PromptShown) string {
	name := string(x.Prompt) + "." + x.Language
	if x.Music {
		name += musicSuffix
	}
	return name + ".wav"
}

// writeSounds writes the sounds that a company uploaded into a folder.
func (p *program) writeSounds(c *cobra.Command, s *server, company, dir string) error {
	var all []cabinet.PromptShown
	if err := s.ask(c.Context(), http.MethodGet, at("companies/%s/prompts", company), nil, &all); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return use(c, "%w", err)
	}
	for _, x := range all {
		if x.Source != cabinet.PromptUploaded {
			continue
		}
		sound := at("companies/%s/prompts/%s/sound", company, string(x.Prompt)) + "?" + url.Values{"language": {x.Language}}.Encode()
		if err := p.save(c, s, sound, filepath.Join(dir, soundName(x))); err != nil {
			return err
		}
	}
	return nil
}

// soundsIn are the sounds in a folder; empty: none.
func soundsIn(c *cobra.Command, dir string) (all []soundFile, err error) {
	if dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, use(c, "%w", err)
	}
	for _, e := range entries {
		name, isSound := strings.CutSuffix(e.Name(), ".wav")
		if !isSound {
			continue
		}
		x := soundFile{path: filepath.Join(dir, e.Name())}
		name, x.music = strings.CutSuffix(name, musicSuffix)
		var named bool
		if x.prompt, x.language, named = strings.Cut(name, "."); !named || x.prompt == "" || x.language != "en" && x.language != "ru" {
			return nil, use(c, "%s: name it PROMPT.LANGUAGE.wav, such as welcome.en.wav, or PROMPT.LANGUAGE.music.wav", x.path)
		}
		all = append(all, x)
	}
	return all, nil
}

// readSounds uploads the sounds of a folder.
func (p *program) readSounds(c *cobra.Command, s *server, company string, all []soundFile) error {
	for _, x := range all {
		wav, err := os.ReadFile(x.path)
		if err != nil {
			return use(c, "%w", err)
		}
		if err := p.uploadSound(c, s, company, x, wav); err != nil {
			return fmt.Errorf("%s: %w", x.path, err)
		}
	}
	return nil
}

// uploadSound has callers of a company hear a sound in place of a prompt's text.
func (p *program) uploadSound(c *cobra.Command, s *server, company string, f soundFile, wav []byte) error {
	q := url.Values{"language": {f.language}, "music": {strconv.FormatBool(f.music)}}
	if f.path != "-" {
		q.Set("file", filepath.Base(f.path))
	}
	var x cabinet.PromptShown
	if err := s.ask(c.Context(), http.MethodPut, at("companies/%s/prompts/%s/sound", company, f.prompt)+"?"+q.Encode(), bytes.NewReader(wav), &x); err != nil {
		return err
	}
	return p.show(x, func(w io.Writer) {
		fmt.Fprintf(w, "%s is heard from the next call: %.1fs\n", x.Prompt, float64(x.Length))
	})
}
