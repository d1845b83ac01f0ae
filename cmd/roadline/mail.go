package main

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/spf13/cobra"

	"roadline/cabinet"
	"roadline/fmc"
)

// mail is about messages that were left.
func (p *program) mail() *cobra.Command {
	var company, file, by string
	list := listOf(p, &cobra.Command{
		Use: "list [COMPANY]", Short: "List the messages that were left, newest first",
		Example: "  roadline mail list acme --employee petrov --new true",
	}, &company, "voicemail", []filter{
		{"from", "left at or after: \"2026-11-23\", \"2026-11-23 10:00\""},
		{"to", "left before"},
		{"employee", "for whom"},
		{"group", "for which group"},
		{"client", "who left it: the number, or its beginning"},
		{"new", "true: those that nobody heard yet"},
	}, func(page cabinet.VoicemailsShown) error {
		return p.show(page, func(w io.Writer) { p.writeMail(w, page) })
	})
	listen := &cobra.Command{
		Use: "listen CALL [N]", Short: "Write the sound of a message as a WAV file; it stays new until it is marked as heard",
		Args: arguments(1, 2, "the id of a call, and which message of it where it has several"),
		RunE: func(c *cobra.Command, args []string) error {
			n, err := placeOf(c, args)
			if err != nil {
				return err
			}
			s, id, err := p.serverOf(c, company)
			if err != nil {
				return err
			}
			return p.save(c, s, at("companies/%s/voicemail/%s/%s/sound", id, args[0], n), file)
		},
	}
	listen.Flags().StringVarP(&file, "write", "w", "", "the file; default standard output")
	heard := &cobra.Command{
		Use: "heard CALL [N]", Short: "Mark a message as heard",
		Args: arguments(1, 2, "the id of a call, and which message of it where it has several"),
		RunE: func(c *cobra.Command, args []string) error { return p.markHeard(c, company, args, by) },
	}
	heard.Flags().StringVar(&by, "by", "", "who heard it; default the account of this machine")
	c := parts(&cobra.Command{Use: "mail", Short: "Messages that were left for people and groups"}, list, listen, heard)
	c.PersistentFlags().StringVar(&company, "company", "", "whose messages (may be left out where there is one company)")
	return c
}

// placeOf is which message of a call is meant: the first where none is named.
func placeOf(c *cobra.Command, args []string) (string, error) {
	n := append(args, "0")[1]
	if _, err := strconv.ParseUint(n, 10, 16); err != nil {
		return "", use(c, "%q: which message of the call? write its number, from 0", n)
	}
	return n, nil
}

func (p *program) writeMail(w io.Writer, page cabinet.VoicemailsShown) {
	var rows [][]string
	for _, m := range page.Messages {
		heard := "new"
		if m.Heard != nil {
			heard = p.moment(*m.Heard)
		}
		rows = append(rows, []string{
			p.moment(m.At), dash(m.Client), dash(string(m.Employee)), dash(string(m.Group)), fmt.Sprintf("%.0fs", float64(m.Length)), heard, plainly(string(m.HeardBy)),
			string(m.Call), strconv.Itoa(m.N),
		})
	}
	table(w, "AT FROM FOR GROUP LENGTH HEARD BY CALL N", rows)
	more(w, page.Next)
}

func (p *program) markHeard(c *cobra.Command, company string, args []string, by string) error {
	n, err := placeOf(c, args)
	if err != nil {
		return err
	}
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var m cabinet.VoicemailShown
	if err := s.ask(c.Context(), http.MethodPost, at("companies/%s/voicemail/%s/%s/heard", id, args[0], n), cabinet.Heard{By: fmc.EmployeeID(cmp.Or(by, osUser()))}, &m); err != nil {
		return err
	}
	return p.show(m, func(w io.Writer) { fmt.Fprintf(w, "message %d of call %s was heard by %s\n", m.N, m.Call, m.HeardBy) })
}
