package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"roadline/cabinet"
)

// prompt is about what callers hear.
func (p *program) prompt() *cobra.Command {
	var company, language, file string
	list := &cobra.Command{
		Use: "list", Short: "List what callers hear: uploaded sounds, prompts said by phone, the company's texts, and the house's", Args: arguments(0, 0, ""),
		RunE: func(c *cobra.Command, _ []string) error {
			s, id, err := p.serverOf(c, company)
			if err != nil {
				return err
			}
			var all []cabinet.PromptShown
			if err := s.ask(c.Context(), http.MethodGet, at("companies/%s/prompts", id), nil, &all); err != nil {
				return err
			}
			return p.show(all, func(w io.Writer) { p.writePrompts(w, all) })
		},
	}
	listen := &cobra.Command{
		Use: "listen PROMPT", Short: "Write a prompt as callers hear it as a WAV file", Args: arguments(1, 1, "a prompt's name"),
		RunE: func(c *cobra.Command, args []string) error {
			s, id, err := p.serverOf(c, company)
			if err != nil {
				return err
			}
			return p.save(c, s, at("companies/%s/prompts/%s/sound", id, args[0]), file)
		},
	}
	listen.Flags().StringVarP(&file, "write", "w", "", "the file; default standard output")
	remove := &cobra.Command{
		Use: "remove PROMPT", Short: "Remove the uploaded sound of a prompt: its text is spoken again", Args: arguments(1, 1, "a prompt's name"),
		RunE: func(c *cobra.Command, args []string) error {
			s, id, err := p.serverOf(c, company)
			if err != nil {
				return err
			}
			var x cabinet.PromptShown
			path := at("companies/%s/prompts/%s/sound", id, args[0]) + "?" + url.Values{"language": {language}}.Encode()
			if err := s.ask(c.Context(), http.MethodDelete, path, nil, &x); err != nil {
				return err
			}
			return p.show(x, func(w io.Writer) { fmt.Fprintf(w, "the sound of %s is removed\n", x.Prompt) })
		},
	}
	c := parts(&cobra.Command{Use: "prompt", Short: "What callers hear"}, list, listen, p.uploadPrompt(&company, &language), remove)
	flags := c.PersistentFlags()
	flags.StringVar(&company, "company", "", "whose prompts (may be left out where there is one company)")
	flags.StringVar(&language, "language", "", "en or ru, of an uploaded sound; default what callers of the company hear")
	return c
}

// uploadPrompt puts a sound in place of a prompt's text.
func (p *program) uploadPrompt(company, language *string) *cobra.Command {
	music := false
	c := &cobra.Command{
		Use: "upload PROMPT FILE", Short: "Have callers hear a WAV file in place of a prompt's text, from the next call",
		Long: `Have callers hear a WAV file in place of a prompt's text, from the next call: mono or stereo, PCM at 8000 to 48000 Hz, at
most 8 MiB and five minutes. It is brought to 8000 Hz and to an even level. A new name may be used as music on hold, by
hold_music in the company file. "-" is standard input.`,
		Example: "  roadline prompt upload welcome welcome.wav\n  roadline prompt upload --music jazz jazz.wav",
		Args:    arguments(2, 2, "a prompt's name and a WAV file"),
		RunE: func(c *cobra.Command, args []string) error {
			wav, err := p.file(c, args[1])
			if err != nil {
				return err
			}
			s, id, err := p.serverOf(c, *company)
			if err != nil {
				return err
			}
			return p.uploadSound(c, s, id, soundFile{path: args[1], prompt: args[0], language: *language, music: music}, wav)
		},
	}
	c.Flags().BoolVar(&music, "music", false, "it is music: kept whole, quieter than speech, and played on and on")
	return c
}

func (p *program) writePrompts(w io.Writer, all []cabinet.PromptShown) {
	var rows [][]string
	for _, x := range all {
		length, since := "", ""
		if x.Length > 0 {
			length = fmt.Sprintf("%.1fs", float64(x.Length))
		}
		if x.At != nil {
			since = p.moment(*x.At)
		}
		rows = append(rows, []string{string(x.Prompt), string(x.Source), dash(x.Language), dash(length), dash(since), plainly(x.By), plainly(x.File + x.Words)})
	}
	table(w, "PROMPT SOURCE LANGUAGE LENGTH SINCE BY FILE/WORDS", rows)
}
