package main

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/spf13/cobra"

	"roadline/cabinet"
)

// quarantine is about what the drain could not bring from the journal into the database.
func (p *program) quarantine() *cobra.Command {
	list := &cobra.Command{
		Use: "list", Short: "List what the database did not take, with the reason", Args: arguments(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return p.listQuarantine(c) },
	}
	retry := &cobra.Command{
		Use: "retry [N...]", Short: "Try it again after an upgrade: all of it, or what has the numbers",
		Long: `Try to bring in what the database did not take: all of it, or what has the numbers. What comes in fills the lists; so
late it is told to nobody: no webhook, letter or text follows. What the disk lost (a hole) cannot come back: dismiss it.`,
		Example: "  roadline quarantine retry\n  roadline quarantine retry 12 13",
		RunE:    func(c *cobra.Command, args []string) error { return p.retryQuarantine(c, args) },
	}
	dismiss := &cobra.Command{
		Use: "dismiss N...", Short: "Say that nothing more is to be done about it; it stays in the database and is not listed any more",
		Example: "  roadline quarantine dismiss 12",
		Args:    arguments(1, 1000, "numbers, as roadline quarantine list shows them"),
		RunE:    func(c *cobra.Command, args []string) error { return p.dismissQuarantined(c, args) },
	}
	return parts(&cobra.Command{Use: "quarantine", Short: "Facts and records that the database did not take"}, list, retry, dismiss)
}

func (p *program) listQuarantine(c *cobra.Command) error {
	s, err := p.server(c)
	if err != nil {
		return err
	}
	var all []cabinet.AsideShown
	if err := s.ask(c.Context(), http.MethodGet, at("quarantine"), nil, &all); err != nil {
		return err
	}
	return p.show(all, func(w io.Writer) { p.writeQuarantine(w, all) })
}

func (p *program) writeQuarantine(w io.Writer, all []cabinet.AsideShown) {
	var rows [][]string
	for _, x := range all {
		of := cmp.Or(string(x.Call), string(x.Message))
		rows = append(rows, []string{strconv.FormatInt(x.N, 10), p.moment(x.At), x.Kind, dash(plainly(string(x.Company))), dash(plainly(of)), plainly(x.Reason)})
	}
	table(w, "N AT KIND COMPANY OF REASON", rows)
}

func (p *program) retryQuarantine(c *cobra.Command, args []string) error {
	numbers, err := numbersOf(c, args)
	if err != nil {
		return err
	}
	s, err := p.server(c)
	if err != nil {
		return err
	}
	var done cabinet.RetryShown
	if err := s.ask(c.Context(), http.MethodPost, at("quarantine/retry"), cabinet.RetryAsked{N: numbers}, &done); err != nil {
		return err
	}
	if err := p.show(done, func(w io.Writer) {
		fmt.Fprintf(w, "brought in: %d\n", done.Back)
		if len(done.Still) > 0 {
			p.writeQuarantine(w, done.Still)
		}
	}); err != nil {
		return err
	}
	if len(done.Still) > 0 {
		return failed("%d are not taken still: upgrade and try again, or dismiss them", len(done.Still))
	}
	return nil
}

func (p *program) dismissQuarantined(c *cobra.Command, args []string) error {
	numbers, err := numbersOf(c, args)
	if err != nil {
		return err
	}
	s, err := p.server(c)
	if err != nil {
		return err
	}
	for i, n := range numbers {
		var done struct{}
		if err := s.ask(c.Context(), http.MethodPost, at("quarantine/%s/dismiss", args[i]), cabinet.DismissAsked{By: osUser()}, &done); err != nil {
			return err
		}
		if err := p.show(done, func(w io.Writer) { fmt.Fprintf(w, "number %d is dismissed\n", n) }); err != nil {
			return err
		}
	}
	return nil
}

// numbersOf reads the numbers of what is put aside.
func numbersOf(c *cobra.Command, args []string) (numbers []int64, err error) {
	for _, arg := range args {
		n, err := strconv.ParseInt(arg, 10, 64)
		if err != nil {
			return nil, use(c, "%q is no number: write those that roadline quarantine list shows", arg)
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}
