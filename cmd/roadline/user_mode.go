package main

import (
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"roadline/cabinet"
	"roadline/fmc"
)

// mode sets how a person wishes to be rung.
func (p *program) mode() *cobra.Command {
	var m cabinet.Mode
	c := &cobra.Command{
		Use: "mode COMPANY EMPLOYEE on|mobile|dnd", Short: "Set how a person wishes to be rung: as usual, on the mobile only, not at all",
		Long: `Set how a person wishes to be rung from now on: "on" as the company's document has it, "mobile" on the mobile only, "dnd"
not at all. The person can do the same by *60, *61 and *62 at a phone. Emergency calls and calls back that they asked for
are never held up by it.`,
		Args: arguments(3, 3, "a company, one of its people and a mode"),
		RunE: func(c *cobra.Command, args []string) error {
			m.Mode = args[2]
			return p.setMode(c, args[0], args[1], m)
		},
	}
	c.Flags().StringVar(&m.Until, "until", "", `when it ends: "18:30", "Monday 09:00", "2026-11-30 09:00"; default when the person says so`)
	c.Flags().StringVar(&m.For, "for", "", `how long it lasts, in place of --until: "2h"`)
	c.Flags().StringVar(&m.By, "by", "", "who sets it; default the account of this machine")
	return c
}

func (p *program) setMode(c *cobra.Command, company, employee string, m cabinet.Mode) error {
	s, err := p.server(c)
	if err != nil {
		return err
	}
	if m.By == "" {
		m.By = osUser()
	}
	var is cabinet.ModeShown
	if err := s.ask(c.Context(), http.MethodPost, at("companies/%s/employees/%s/mode", company, employee), m, &is); err != nil {
		return err
	}
	return p.show(is, func(w io.Writer) { fmt.Fprintf(w, "%s %s\n", employee, p.modeWords(is)) })
}

// modes lists how people wish to be rung.
func (p *program) modes(company *string) *cobra.Command {
	return &cobra.Command{
		Use: "modes [COMPANY]", Short: "List the people, and how each wishes to be rung", Args: arguments(0, 1, "at most one company"),
		RunE: func(c *cobra.Command, args []string) error {
			s, id, err := p.serverOf(c, append(args, *company)[0])
			if err != nil {
				return err
			}
			var all []cabinet.ModeShown
			if err := s.ask(c.Context(), http.MethodGet, at("companies/%s/modes", id), nil, &all); err != nil {
				return err
			}
			return p.show(all, func(w io.Writer) {
				var rows [][]string
				for _, x := range all {
					by := "-"
					if x.Set != nil {
						by = x.By + ", " + p.moment(*x.Set)
					}
					rows = append(rows, []string{string(x.Employee), dash(x.Name), p.modeWords(x), by})
				}
				table(w, "EMPLOYEE NAME MODE SET", rows)
			})
		},
	}
}

// modeWords is a mode as a person reads it.
func (p *program) modeWords(x cabinet.ModeShown) string {
	words := fmc.Mode{Kind: x.Mode}.In(nil)
	if x.Until != nil {
		words += " until " + p.moment(*x.Until)
	}
	return words
}
