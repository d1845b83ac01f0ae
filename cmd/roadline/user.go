package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"roadline/cabinet"
)

// user is about the SIP accounts of a company.
func (p *program) user() *cobra.Command {
	var company string
	var generate bool
	set := &cobra.Command{
		Use: "set ACCOUNT", Short: "Set an account's password, read from standard input", Args: arguments(1, 1, "one account"),
		Long: `Set an account's password, read as one line from standard input, or made by --generate and told once. The server keeps
only what it needs to check a phone by; nobody can read the password back.`,
		RunE: func(c *cobra.Command, args []string) error { return p.setPassword(c, company, args[0], generate) },
	}
	set.Flags().BoolVar(&generate, "generate", false, "make a password and tell it")
	remove := &cobra.Command{
		Use: "remove ACCOUNT", Short: "Take an account's password away: no phone can register by it", Args: arguments(1, 1, "one account"),
		RunE: func(c *cobra.Command, args []string) error { return p.removePassword(c, company, args[0]) },
	}
	list := &cobra.Command{
		Use: "list", Short: "List the accounts: whose they are, which have a password, which phones are registered", Args: arguments(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return p.listAccounts(c, company) },
	}
	c := parts(&cobra.Command{Use: "user", Short: "Passwords of SIP accounts, PINs of people, and how they wish to be rung"}, set, remove, list, p.pin(), p.login(), p.invite(), p.pins(&company), p.mode(), p.modes(&company))
	c.PersistentFlags().StringVar(&company, "company", "", "whose account it is (may be left out where there is one company)")
	return c
}

func (p *program) setPassword(c *cobra.Command, company, account string, generate bool) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	password, err := p.newPassword(c, generate, "user set "+account)
	if err != nil {
		return err
	}
	var is cabinet.PasswordIs
	if err := s.ask(c.Context(), http.MethodPut, at("companies/%s/accounts/%s/password", id, account), cabinet.Password{Password: password}, &is); err != nil {
		return err
	}
	if !generate {
		return p.show(is, func(w io.Writer) { fmt.Fprintf(w, "%s has a new password\n", account) })
	}
	made := struct {
		cabinet.PasswordIs
		Password string `json:"password"`
	}{is, password}
	return p.show(made, func(w io.Writer) { fmt.Fprintf(w, "%s has a new password: %s\n", account, password) })
}

// newPassword is one from standard input, which command tells how to give, or one that is made.
func (p *program) newPassword(c *cobra.Command, generate bool, command string) (string, error) {
	if generate {
		return rand.Text(), nil
	}
	password, err := p.secret(c.Context(), "password: ")
	if err == nil && password == "" {
		err = use(c, "no password: write it to standard input, as in \"roadline %s < file\", or have one made with --generate", command)
	}
	return password, err
}

// secret reads one line; a terminal does not show it.
func (p *program) secret(ctx context.Context, question string) (string, error) {
	show, err := p.hide(question)
	if err != nil {
		return "", err
	}
	defer show()
	if err := p.typed(ctx); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(io.LimitReader(p.in, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if !utf8.ValidString(line) {
		return "", failed("what stands there are no letters of UTF-8: a phone that sends others would never fit")
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func (p *program) removePassword(c *cobra.Command, company, account string) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var is cabinet.PasswordIs
	if err := s.ask(c.Context(), http.MethodDelete, at("companies/%s/accounts/%s/password", id, account), nil, &is); err != nil {
		return err
	}
	return p.show(is, func(w io.Writer) { fmt.Fprintf(w, "%s has no password any more\n", account) })
}

func (p *program) listAccounts(c *cobra.Command, company string) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var all []cabinet.AccountShown
	if err := s.ask(c.Context(), http.MethodGet, at("companies/%s/accounts", id), nil, &all); err != nil {
		return err
	}
	return p.show(all, func(w io.Writer) {
		var rows [][]string
		for _, a := range all {
			set := "none"
			if a.Password != nil {
				set = p.moment(*a.Password)
			}
			rows = append(rows, []string{string(a.Name), string(a.Employee), set, strconv.Itoa(a.Phones)})
		}
		table(w, "ACCOUNT EMPLOYEE PASSWORD PHONES", rows)
	})
}
