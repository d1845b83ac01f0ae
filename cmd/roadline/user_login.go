package main

import (
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"roadline/cabinet"
)

// login sets or removes the password by which a person signs in to the cabinet.
func (p *program) login() *cobra.Command {
	var generate, remove bool
	c := &cobra.Command{
		Use: "password COMPANY EMPLOYEE", Short: "Set the password by which a person signs in to the cabinet, read from standard input",
		Long: `Set the password by which a person signs in to the cabinet, read as one line from standard input, or made by --generate
and told once. The person's sessions and personal tokens end. --remove keeps the person out: the password, the sessions,
the invitations, the personal tokens and the links to recordings are gone.`,
		Args: arguments(2, 2, "a company and one of its people"),
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case remove && generate:
				return use(c, "--generate makes a password and --remove takes it away: write one of them")
			case remove:
				return p.removeLogin(c, args[0], args[1])
			}
			return p.setLogin(c, args[0], args[1], generate)
		},
	}
	c.Flags().BoolVar(&generate, "generate", false, "make a password and tell it")
	c.Flags().BoolVar(&remove, "remove", false, "keep the person out")
	return c
}

func (p *program) setLogin(c *cobra.Command, company, employee string, generate bool) error {
	s, err := p.server(c)
	if err != nil {
		return err
	}
	password, err := p.newPassword(c, generate, "user password "+company+" "+employee)
	if err != nil {
		return err
	}
	var is cabinet.LoginIs
	if err := s.ask(c.Context(), http.MethodPut, at("companies/%s/employees/%s/login", company, employee), cabinet.Password{Password: password}, &is); err != nil {
		return err
	}
	if !generate {
		return p.show(is, func(w io.Writer) { fmt.Fprintf(w, "%s has a new password for the cabinet\n", employee) })
	}
	made := struct {
		cabinet.LoginIs
		Password string `json:"password"`
	}{is, password}
	return p.show(made, func(w io.Writer) { fmt.Fprintf(w, "%s has a new password for the cabinet: %s\n", employee, password) })
}

func (p *program) removeLogin(c *cobra.Command, company, employee string) error {
	s, err := p.server(c)
	if err != nil {
		return err
	}
	var is cabinet.LoginIs
	if err := s.ask(c.Context(), http.MethodDelete, at("companies/%s/employees/%s/login", company, employee), nil, &is); err != nil {
		return err
	}
	return p.show(is, func(w io.Writer) { fmt.Fprintf(w, "%s cannot sign in to the cabinet any more\n", employee) })
}

// invite makes the link by which a person sets a password.
func (p *program) invite() *cobra.Command {
	return &cobra.Command{
		Use: "invite COMPANY EMPLOYEE", Short: "Make a link by which a person sets a password for the cabinet",
		Long: `Make a link by which a person sets a password for the cabinet, once and within a week. Where the person has a mail and the
node a mail server, it is mailed too. Links made before are worth nothing then.`,
		Args: arguments(2, 2, "a company and one of its people"),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.server(c)
			if err != nil {
				return err
			}
			var i cabinet.InvitedShown
			if err := s.ask(c.Context(), http.MethodPost, at("companies/%s/employees/%s/invitation", args[0], args[1]), nil, &i); err != nil {
				return err
			}
			return p.show(i, func(w io.Writer) {
				fmt.Fprintf(w, "%s may set a password until %s at %s\n", i.Employee, p.moment(i.Expires), i.Link)
				if i.Mailed {
					fmt.Fprintln(w, "the link is mailed to them too")
				}
			})
		},
	}
}
