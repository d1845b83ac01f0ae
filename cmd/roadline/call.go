package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"roadline/cabinet"
	"roadline/fmc"
)

// call is about one call.
func (p *program) call() *cobra.Command {
	var company, file, private string
	show := &cobra.Command{
		Use: "show ID", Short: "Show one call: every turn it took, and the reason for it", Args: arguments(1, 1, "the id of a call"),
		RunE: func(c *cobra.Command, args []string) error { return p.showCall(c, company, args[0], private) },
	}
	recording := &cobra.Command{
		Use: "recording ID", Short: "Write the sound of a call as a WAV file: left the client, right the employee", Args: arguments(1, 1, "the id of a call"),
		RunE: func(c *cobra.Command, args []string) error { return p.saveRecording(c, company, args[0], file) },
	}
	recording.Flags().StringVarP(&file, "write", "w", "", "the file; default standard output")
	minutes := &cobra.Command{
		Use: "minutes ID", Short: "Tell who was in conversation from when to when, and what happened to the recording", Args: arguments(1, 1, "the id of a call"),
		RunE: func(c *cobra.Command, args []string) error { return p.showMinutes(c, company, args[0], private) },
	}
	trace := p.traceCall(&company)
	show.Flags().StringVar(&private, "private", "", "whose call it is, where it is of a person alone")
	minutes.Flags().StringVar(&private, "private", "", "whose call it is, where it is of a person alone")
	c := parts(&cobra.Command{Use: "call", Short: "Show one call, hear it, begin one, or do something in it"}, show, recording, minutes, trace, p.makeCall(), p.doInCall(&company))
	c.PersistentFlags().StringVar(&company, "company", "", "whose call it is (may be left out where there is one company)")
	return c
}

func (p *program) showCall(c *cobra.Command, company, call, private string) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var x cabinet.CallShown
	if err := s.ask(c.Context(), http.MethodGet, at("companies/%s/calls/%s", id, call)+as(private), nil, &x); err != nil {
		return err
	}
	return p.show(x, func(w io.Writer) { p.writeCall(w, x) })
}

func (p *program) showMinutes(c *cobra.Command, company, call, private string) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var x cabinet.MinutesShown
	if err := s.ask(c.Context(), http.MethodGet, at("companies/%s/calls/%s/minutes", id, call)+as(private), nil, &x); err != nil {
		return err
	}
	return p.show(x, func(w io.Writer) { fmt.Fprint(w, x.Minutes) })
}

// as is the parameter by which a person asks for their own calls.
func as(private string) string {
	if private == "" {
		return ""
	}
	return "?" + url.Values{"private": {private}}.Encode()
}

func (p *program) writeCall(w io.Writer, x cabinet.CallShown) {
	r := x.Record
	to := r.Opened.To.String()
	fmt.Fprintf(w, "call %s of %s, %s, began %s\n", r.ID, r.Company, r.Opened.Direction, p.moment(r.Opened.Began))
	fmt.Fprintf(w, "from %s to %s by %s\n", dash(r.Opened.From.String()+string(r.Opened.Account)), dash(to), dash(string(r.Opened.Trunk)+string(r.Opened.Employee)))
	if r.Opened.Private {
		fmt.Fprintln(w, "private: nobody else sees it, and nothing of it is recorded")
	}
	fmt.Fprintf(w, "%s: %s\n", r.Status, r.Cause.Text)
	if r.Times.Answered > 0 {
		fmt.Fprintf(w, "answered after %s by %s, talked %s\n", tenths(r.Times.Answered), dash(string(r.Who.Employee)), tenths(r.Times.Talked))
	}
	if r.MergedInto != "" {
		fmt.Fprintf(w, "told by call %s\n", r.MergedInto)
	}
	var rows [][]string
	for _, l := range r.Legs {
		ended := "-"
		if l.Cause != nil {
			ended = l.Cause.Text
		}
		who := l.Role.String()
		if l.Device != "" {
			who = string(l.Device)
		}
		rows = append(rows, []string{who, dash(l.Number.String()), dash(string(l.Line)), dash(l.Shown.From.String()), tenths(l.Began), when(l.Alerting), when(l.Up), when(l.Gone), ended})
	}
	table(w, "LEG NUMBER LINE SEES BEGAN RANG UP GONE END", rows)
	for _, l := range r.Legs {
		if q := l.Quality; q != nil {
			writeQuality(w, l, *q)
		}
	}
	writePeople(w, r)
	writeRecording(w, r.Recording, x.File)
	writeConsent(w, r)
	for i, s := range x.Plans {
		fmt.Fprintf(w, "plan %d of thread %d, generation %d, decided %s: %s\n", i+1, s.Thread, s.Generation, p.moment(s.At), s.Words[0])
		for _, line := range s.Words[1:] {
			fmt.Fprintln(w, "  "+line)
		}
	}
}

// writeQuality tells how a leg sounded, where its line measures.
func writeQuality(w io.Writer, l fmc.LegRecord, q fmc.LegQuality) {
	who := l.Role.String()
	if l.Device != "" {
		who = string(l.Device)
	}
	score := "-"
	if q.MOS > 0 {
		score = mos(&q.MOS)
	}
	fmt.Fprintf(w, "sound of %s: MOS %s, rang after %s, heard %s of speech, spoke %s, signal %s, %d frames lost\n",
		who, score, when(q.Setup), tenths(q.Heard), tenths(q.Spoke), strength(q.SignalDBm), q.Lost)
}

func writeRecording(w io.Writer, r fmc.RecordingEntry, file string) {
	fmt.Fprintf(w, "recording %s", r.State)
	if file != "" {
		fmt.Fprintf(w, ", %s", file)
	}
	fmt.Fprintln(w)
	for _, s := range r.Spans {
		words := []string{tenths(s.From), "to", tenths(s.To), string(s.Kind)}
		if s.By != "" {
			words = append(words, "by", string(s.By))
		}
		if s.Why != "" {
			words = append(words, s.Why)
		}
		fmt.Fprintln(w, "  "+strings.Join(words, " "))
	}
}

func tenths(d time.Duration) string { return fmt.Sprintf("%.1fs", d.Seconds()) }

// when is tenths of a moment that may not have come.
func when(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return tenths(d)
}

func (p *program) saveRecording(c *cobra.Command, company, call, file string) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	return p.save(c, s, at("companies/%s/calls/%s/recording", id, call), file)
}

// save writes a sound of the API to a file, or where none is named to standard output.
func (p *program) save(c *cobra.Command, s *server, path, file string) (err error) {
	sound, err := s.open(c.Context(), http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer func() { _ = sound.Close() }()
	out := p.out
	if file != "" {
		f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return use(c, "%w", err)
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		out = f
	}
	if _, err = io.Copy(out, sound); err != nil {
		return fmt.Errorf("sound of %s: %w", path, err)
	}
	return nil
}
