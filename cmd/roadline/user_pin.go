package main

import (
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"roadline/cabinet"
)

// pin sets or removes a person's PIN.
func (p *program) pin() *cobra.Command {
	var remove bool
	c := &cobra.Command{
		Use: "pin COMPANY EMPLOYEE", Short: "Set a person's PIN, read from standard input",
		Long: `Set the PIN by which a person proves from their mobile that it is they: 4 to 8 digits, read as one line from standard
input. The server keeps only what it tries a PIN by; nobody can read it back.`,
		Args: arguments(2, 2, "a company and one of its people"),
		RunE: func(c *cobra.Command, args []string) error {
			if remove {
				return p.removePIN(c, args[0], args[1])
			}
			return p.setPIN(c, args[0], args[1])
		},
	}
	c.Flags().BoolVar(&remove, "remove", false, "take the PIN away")
	return c
}

func (p *program) setPIN(c *cobra.Command, company, employee string) error {
	s, err := p.server(c)
	if err != nil {
		return err
	}
	pin, err := p.secret(c.Context(), "PIN: ")
	if err != nil {
		return err
	}
	if pin == "" {
		return use(c, "no PIN: write it to standard input, as in \"roadline user pin %s %s < file\"", company, employee)
	}
	var is cabinet.PINIs
	if err := s.ask(c.Context(), http.MethodPut, at("companies/%s/employees/%s/pin", company, employee), cabinet.PIN{PIN: pin}, &is); err != nil {
		return err
	}
	return p.show(is, func(w io.Writer) { fmt.Fprintf(w, "%s has a new PIN\n", employee) })
}

func (p *program) removePIN(c *cobra.Command, company, employee string) error {
	s, err := p.server(c)
	if err != nil {
		return err
	}
	var is cabinet.PINIs
	if err := s.ask(c.Context(), http.MethodDelete, at("companies/%s/employees/%s/pin", company, employee), nil, &is); err != nil {
		return err
	}
	return p.show(is, func(w io.Writer) { fmt.Fprintf(w, "%s has no PIN any more\n", employee) })
}

// pins lists who has a PIN.
func (p *program) pins(company *string) *cobra.Command {
	return &cobra.Command{
		Use: "pins [COMPANY]", Short: "List the people, and who has a PIN since when", Args: arguments(0, 1, "at most one company"),
		RunE: func(c *cobra.Command, args []string) error {
			s, id, err := p.serverOf(c, append(args, *company)[0])
			if err != nil {
				return err
			}
			var all []cabinet.PINShown
			if err := s.ask(c.Context(), http.MethodGet, at("companies/%s/pins", id), nil, &all); err != nil {
				return err
			}
			return p.show(all, func(w io.Writer) {
				var rows [][]string
				for _, x := range all {
					set := "none"
					if x.Set != nil {
						set = p.moment(*x.Set)
					}
					rows = append(rows, []string{string(x.Employee), dash(x.Name), set})
				}
				table(w, "EMPLOYEE NAME PIN", rows)
			})
		},
	}
}
